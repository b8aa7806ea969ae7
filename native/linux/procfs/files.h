// Files and directories of /proc, /sys, and of recorded copies of them, which may be damaged.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/cpuset.h"

namespace governor::linux_os {

// The most bytes to read of a file: a damaged or hostile one cannot fill the memory.
constexpr size_t kSmallFile = size_t{64} << 10;
constexpr size_t kLargeFile = size_t{4} << 20;

// The largest CPU number accepted from the kernel's files; its largest machines have 8,192 CPUs. Ten bytes of text can
// name a million CPUs, which would fill the memory of a caller that goes through them.
constexpr unsigned kLargestCpu = (1u << 16) - 1;

// The set, or nullopt if it names a larger CPU.
std::optional<Cpuset> believed(std::optional<Cpuset> set);

// An open directory; paths are read relative to it. Every function throws OsError if a limit on descriptors or memory
// is reached, or the entries of a directory cannot be listed.
class Directory {
 public:
  static std::optional<Directory> open(const std::string& path);
  std::optional<Directory> open_below(const char* path) const;
  Directory(Directory&& other) noexcept;
  Directory& operator=(Directory&&) = delete;
  ~Directory();

  // The file's text; nullopt if it cannot be read or is longer than `most`. errno has the reason.
  std::optional<std::string> read(const char* path, size_t most = kSmallFile) const;
  std::optional<std::string> read(const std::string& path, size_t most = kSmallFile) const {
    return read(path.c_str(), most);
  }
  std::optional<int64_t> read_number(const char* path) const;
  std::optional<int64_t> read_number(const std::string& path) const { return read_number(path.c_str()); }
  std::optional<uint32_t> read_hexadecimal(const char* path) const;
  // Names of the first `most` entries, sorted.
  std::vector<std::string> entries(size_t most) const;
  // Numbers N of the entries named "<prefix>N", ascending.
  std::vector<unsigned> numbered(std::string_view prefix) const;

 private:
  explicit Directory(int descriptor) : descriptor_(descriptor) {}
  template <typename Visit>
  void each_name(Visit visit) const;
  int descriptor_;
};

// The directory /proc. Throws OsError.
Directory open_proc();

// A file's text, cut at `most`: for tables, whose lines can be read one by one. Throws OsError if a limit is reached.
std::optional<std::string> read_file(const std::string& path, size_t most = kSmallFile);
// The whole of text (blanks aside) as a decimal number.
std::optional<int64_t> number(std::string_view text);
// "0x10de" (blanks aside) as a number of at most 32 bits.
std::optional<uint32_t> hexadecimal(std::string_view text);

}  // namespace governor::linux_os

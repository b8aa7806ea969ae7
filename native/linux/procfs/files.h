#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/cpuset.h"

namespace governor::linux_os {

// The most that is read of any file: a damaged or hostile one cannot fill the memory.
constexpr size_t kSmallFile = 64 * 1024;
constexpr size_t kLargeFile = 4 * 1024 * 1024;

// The largest CPU number believed of the kernel's files, whose largest machines have 8,192 CPUs. A list of ten bytes
// that names a million would fill the memory of those who go through them.
constexpr unsigned kLargestCpu = (1u << 16) - 1;

// The set, where it names no larger CPU.
std::optional<Cpuset> believed(std::optional<Cpuset> set);

// An open directory; paths are read relative to it.
class Directory {
 public:
  static std::optional<Directory> open(const std::string& path);
  std::optional<Directory> open_below(const char* path) const;
  Directory(Directory&& other) noexcept;
  Directory& operator=(Directory&&) = delete;
  ~Directory();

  // The file's text; nullopt where it cannot be read, or is longer than that. errno says why.
  std::optional<std::string> read(const char* path, size_t most = kSmallFile) const;
  std::optional<std::string> read(const std::string& path, size_t most = kSmallFile) const {
    return read(path.c_str(), most);
  }
  std::optional<int64_t> read_number(const char* path) const;
  std::optional<int64_t> read_number(const std::string& path) const { return read_number(path.c_str()); }
  std::optional<uint32_t> read_hexadecimal(const char* path) const;
  // Names of the entries, sorted; no more than that are looked at.
  std::vector<std::string> entries(size_t most) const;
  // Numbers N of the entries named "<prefix>N", ascending.
  std::vector<unsigned> numbered(std::string_view prefix) const;

 private:
  explicit Directory(int descriptor) : descriptor_(descriptor) {}
  template <typename Visit>
  void each_entry(Visit visit) const;
  int descriptor_;
};

// The directory /proc. Throws OsError.
Directory open_proc();

// A file's text, cut at `most`: for tables, whose lines stand for themselves.
std::optional<std::string> read_file(const std::string& path, size_t most = kSmallFile);
std::string_view trimmed(std::string_view text);
// The whole of text (blanks aside) as a decimal number.
std::optional<int64_t> number(std::string_view text);
// "0x10de" (blanks aside) as a number of at most 32 bits.
std::optional<uint32_t> hexadecimal(std::string_view text);

}  // namespace governor::linux_os

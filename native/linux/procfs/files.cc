#include "linux/procfs/files.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstdint>

#include "core/error.h"
#include "core/text.h"
#include "linux/procfs/descriptor.h"
#include "linux/procfs/directory_entries.h"

namespace governor::linux_os {
namespace {

// O_NONBLOCK: a FIFO or device in a recorded tree must not block us.
constexpr int kReadFlags = O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY;
constexpr int kDirectoryFlags = O_RDONLY | O_CLOEXEC | O_DIRECTORY;

// How a file ends. Each read asks for a page. sysfs and control groups give a whole file at once, so a shorter answer
// is the last; tables of /proc come record by record, and end when nothing is left.
enum class End { kShortRead, kNothingLeft };

// A limit that is reached is no sign that a file is missing: an answer without the file would be wrong.
void throw_if_limit(const char* call, const char* path) {
  if (errno == EMFILE || errno == ENFILE || errno == ENOMEM) throw OsError{errno, call, path};
}

int open_at(int directory, const char* path, int flags) {
  const int descriptor = ::openat(directory, path, flags);
  if (descriptor < 0) throw_if_limit("open", path);
  return descriptor;
}

std::optional<std::string> read_all(const Descriptor& file, size_t most, End end, const char* path) {
  if (file < 0) return std::nullopt;
  std::string text;
  char block[4096];
  while (text.size() < most) {
    const ssize_t got = ::read(file, block, std::min(sizeof block, most - text.size()));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) {
      throw_if_limit("read", path);
      return std::nullopt;
    }
    text.append(block, static_cast<size_t>(got));
    if (got == 0 || (end == End::kShortRead && static_cast<size_t>(got) < sizeof block)) break;
  }
  // A FIFO that nobody writes reads as empty (ESPIPE here). One call, for the few empty files only.
  if (text.empty() && ::lseek(file, 0, SEEK_CUR) < 0) return std::nullopt;
  return text;
}

}  // namespace

std::optional<Directory> Directory::open(const std::string& path) {
  const int descriptor = open_at(AT_FDCWD, path.c_str(), kDirectoryFlags);
  if (descriptor < 0) return std::nullopt;
  return Directory(descriptor);
}

std::optional<Directory> Directory::open_below(const char* path) const {
  const int descriptor = open_at(descriptor_, path, kDirectoryFlags);
  if (descriptor < 0) return std::nullopt;
  return Directory(descriptor);
}

Directory::Directory(Directory&& other) noexcept : descriptor_(other.descriptor_) { other.descriptor_ = -1; }

Directory::~Directory() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

std::optional<std::string> Directory::read(const char* path, size_t most) const {
  auto text = read_all(Descriptor(open_at(descriptor_, path, kReadFlags)), most + 1, End::kShortRead, path);
  if (text && text->size() > most) {  // half of a list is another list
    errno = EFBIG;
    return std::nullopt;
  }
  return text;
}

std::optional<int64_t> Directory::read_number(const char* path) const {
  const auto text = read(path);
  return text ? number(*text) : std::nullopt;
}

std::optional<uint32_t> Directory::read_hexadecimal(const char* path) const {
  const auto text = read(path);
  return text ? hexadecimal(*text) : std::nullopt;
}

template <typename Visit>
void Directory::each_name(Visit visit) const {
  if (::lseek(descriptor_, 0, SEEK_SET) < 0) throw OsError{errno, "lseek", "a directory"};
  const int failed = each_entry(descriptor_, [&](const char* name) { visit(std::string_view(name)); });
  // ENOENT: what the directory is about has ended.
  if (failed != 0 && failed != ENOENT && failed != ESRCH) throw OsError{failed, "getdents64", "a directory"};
}

std::vector<std::string> Directory::entries(size_t most) const {
  std::vector<std::string> found;
  each_name([&](std::string_view name) {
    if (found.size() < most) found.emplace_back(name);
  });
  std::sort(found.begin(), found.end());
  return found;
}

std::vector<unsigned> Directory::numbered(std::string_view prefix) const {
  std::vector<unsigned> found;
  each_name([&](std::string_view name) {
    if (!name.starts_with(prefix)) return;
    const auto digits = name.substr(prefix.size());
    unsigned value = 0;
    const char* end = digits.data() + digits.size();
    const auto [stop, error] = std::from_chars(digits.data(), end, value);
    const bool whole = !digits.empty() && error == std::errc() && stop == end;
    if (whole && (digits.front() != '0' || digits.size() == 1)) found.push_back(value);
  });
  std::sort(found.begin(), found.end());
  return found;
}

Directory open_proc() {
  auto proc = Directory::open("/proc");
  if (!proc) throw OsError{errno, "open", "/proc"};
  return std::move(*proc);
}

std::optional<std::string> read_file(const std::string& path, size_t most) {
  return read_all(Descriptor(open_at(AT_FDCWD, path.c_str(), kReadFlags)), most, End::kNothingLeft, path.c_str());
}

std::optional<Cpuset> believed(std::optional<Cpuset> set) {
  if (set && set->words().size() > (kLargestCpu + 1) / 64) return std::nullopt;
  return set;
}

std::optional<int64_t> number(std::string_view text) {
  text = trimmed(text);
  int64_t value = 0;
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || error != std::errc() || stop != text.data() + text.size()) return std::nullopt;
  return value;
}

std::optional<uint32_t> hexadecimal(std::string_view text) {
  text = trimmed(text);
  if (!text.starts_with("0x")) return std::nullopt;
  text.remove_prefix(2);
  uint32_t value = 0;
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), value, 16);
  if (text.empty() || error != std::errc() || stop != text.data() + text.size()) return std::nullopt;
  return value;
}

}  // namespace governor::linux_os

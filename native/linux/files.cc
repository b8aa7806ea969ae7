#include "linux/files.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>

namespace governor::linux_os {
namespace {

// O_NONBLOCK: a FIFO or device in a recorded tree must not hold us up.
constexpr int kReadFlags = O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY;
constexpr int kDirectoryFlags = O_RDONLY | O_CLOEXEC | O_DIRECTORY;

std::optional<std::string> read_all(int descriptor, size_t most) {
  if (descriptor < 0) return std::nullopt;
  if (::lseek(descriptor, 0, SEEK_CUR) < 0) {  // a FIFO, which would read as empty; fstat would need glibc 2.33
    ::close(descriptor);
    errno = ESPIPE;
    return std::nullopt;
  }
  std::string text;
  char block[4096];
  while (text.size() < most) {
    const ssize_t got = ::read(descriptor, block, std::min(sizeof block, most - text.size()));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) {
      const int reason = errno;
      ::close(descriptor);
      errno = reason;
      return std::nullopt;
    }
    if (got == 0) break;
    text.append(block, static_cast<size_t>(got));
  }
  ::close(descriptor);
  return text;
}

}  // namespace

std::optional<Directory> Directory::open(const std::string& path) {
  const int descriptor = ::open(path.c_str(), kDirectoryFlags);
  if (descriptor < 0) return std::nullopt;
  return Directory(descriptor);
}

std::optional<Directory> Directory::open_below(const char* path) const {
  const int descriptor = ::openat(descriptor_, path, kDirectoryFlags);
  if (descriptor < 0) return std::nullopt;
  return Directory(descriptor);
}

Directory::Directory(Directory&& other) noexcept : descriptor_(other.descriptor_) { other.descriptor_ = -1; }

Directory::~Directory() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

std::optional<std::string> Directory::read(const char* path, size_t most) const {
  auto text = read_all(::openat(descriptor_, path, kReadFlags), most + 1);
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

bool Directory::has(const std::string& path) const { return ::faccessat(descriptor_, path.c_str(), F_OK, 0) == 0; }

std::vector<std::string> Directory::entries(size_t most) const {
  std::vector<std::string> found;
  const int descriptor = ::openat(descriptor_, ".", kDirectoryFlags);
  DIR* stream = descriptor < 0 ? nullptr : ::fdopendir(descriptor);
  if (!stream) {
    if (descriptor >= 0) ::close(descriptor);
    return found;
  }
  while (const dirent* entry = found.size() < most ? ::readdir(stream) : nullptr) found.emplace_back(entry->d_name);
  ::closedir(stream);
  std::sort(found.begin(), found.end());
  return found;
}

std::vector<unsigned> Directory::numbered(const char* path, const char* prefix) const {
  std::vector<unsigned> found;
  const int descriptor = ::openat(descriptor_, path, kDirectoryFlags);
  DIR* stream = descriptor < 0 ? nullptr : ::fdopendir(descriptor);
  if (!stream) {
    if (descriptor >= 0) ::close(descriptor);
    return found;
  }
  const size_t length = strlen(prefix);
  while (const dirent* entry = ::readdir(stream)) {
    if (strncmp(entry->d_name, prefix, length) != 0) continue;
    const char* digits = entry->d_name + length;
    const char* end = digits + strlen(digits);
    unsigned value = 0;
    const auto [stop, error] = std::from_chars(digits, end, value);
    const bool whole = digits != end && error == std::errc() && stop == end;
    if (whole && (*digits != '0' || end - digits == 1)) found.push_back(value);
  }
  ::closedir(stream);
  std::sort(found.begin(), found.end());
  return found;
}

std::optional<std::string> read_file(const std::string& path, size_t most) {
  return read_all(::open(path.c_str(), kReadFlags), most);
}

std::optional<Cpuset> believed(std::optional<Cpuset> set) {
  if (set && set->words().size() > (kLargestCpu + 1) / 64) return std::nullopt;
  return set;
}

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view blank(" \t\r\n\0", 5);  // some kernels end a text with NUL
  const auto first = text.find_first_not_of(blank);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(blank) - first + 1);
}

std::optional<int64_t> number(std::string_view text) {
  text = trimmed(text);
  int64_t value = 0;
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || error != std::errc() || stop != text.data() + text.size()) return std::nullopt;
  return value;
}

}  // namespace governor::linux_os

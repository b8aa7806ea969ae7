#include "linux/target/target_files.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <algorithm>

#include <string_view>

namespace governor::linux_os {
namespace {

constexpr int kLook = O_PATH | O_CLOEXEC;

// openat2(2), since Linux 5.6; the headers of older systems do not have it.
constexpr long kOpenat2 = 437;
constexpr uint64_t kNoMagicLinks = 0x02, kNoLinks = 0x04, kInRoot = 0x10;
struct OpenHow {
  uint64_t flags, mode, resolve;
};

// `missing`: the kernel does not have the call, or a filter of system calls refuses it.
int open_within(int root, const std::string& path, Links links, bool& missing) {
  const OpenHow how{kLook, 0, kInRoot | kNoMagicLinks | (links == Links::kRefused ? kNoLinks : 0)};
  const auto found = static_cast<int>(::syscall(kOpenat2, root, path.c_str(), &how, sizeof how));
  missing = found < 0 && (errno == ENOSYS || errno == EPERM);
  return found;
}

// The same component by component, without following any link.
int walk_within(int root, std::string_view path) {
  Descriptor at(::fcntl(root, F_DUPFD_CLOEXEC, 0));
  for (size_t begin = 0; at >= 0 && begin < path.size();) {
    const size_t end = std::min(path.find('/', begin), path.size());
    const std::string name(path.substr(begin, end - begin));
    begin = end + 1;
    if (name.empty() || name == ".") continue;
    if (name == "..") {
      errno = ELOOP;
      return -1;
    }
    Descriptor next(::openat(at, name.c_str(), kLook | O_NOFOLLOW));
    struct statx status {};
    if (next < 0 || ::statx(next, "", AT_EMPTY_PATH, STATX_TYPE, &status) != 0) return -1;
    if (S_ISLNK(status.stx_mode)) {
      errno = ELOOP;
      return -1;
    }
    at = std::move(next);
  }
  return at.release();
}

bool has_effects(int place) {
  struct statfs system {};
  if (::fstatfs(place, &system) != 0) return true;
  switch (static_cast<unsigned long>(system.f_type)) {
    case PROC_SUPER_MAGIC:
    case SYSFS_MAGIC:
    case DEBUGFS_MAGIC:
    case TRACEFS_MAGIC:
    case SECURITYFS_MAGIC:
    case CGROUP_SUPER_MAGIC:
    case CGROUP2_SUPER_MAGIC:
    case BPF_FS_MAGIC: return true;
    default: return false;
  }
}

std::string through(int place) { return "/proc/self/fd/" + std::to_string(place); }

}  // namespace

std::optional<TargetFile> TargetFile::find(const std::string& root, const std::string& path, Links links) {
  const Descriptor top(::open(root.c_str(), kLook | O_DIRECTORY));
  if (top < 0) return std::nullopt;
  bool missing = false;
  Descriptor place(open_within(top, path, links, missing));
  if (place < 0 && missing) {
    // Paths whose links are to be followed are ours to resolve: there is no other root to leave.
    place = Descriptor(links == Links::kRefused ? walk_within(top, path) : ::open(path.c_str(), kLook));
  }
  struct statx status {};
  if (place < 0 || ::statx(place, "", AT_EMPTY_PATH, STATX_BASIC_STATS, &status) != 0) return std::nullopt;
  if (!S_ISREG(status.stx_mode) || has_effects(place)) {
    errno = EINVAL;
    return std::nullopt;
  }
  return TargetFile(std::move(place), status);
}

bool TargetFile::may_execute() const { return ::access(through(place_).c_str(), X_OK) == 0; }

Descriptor TargetFile::open() const {
  return Descriptor(::open(through(place_).c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
}

bool TargetBytes::read(uint64_t offset, void* to, size_t size) const { return read_some(offset, to, size) == size; }

size_t TargetBytes::read_some(uint64_t offset, void* to, size_t size) const {
  if (offset > INT64_MAX - size || !budget_.spend(size)) return 0;
  size_t done = 0;
  while (done < size) {
    const ssize_t got = ::pread(file_, static_cast<char*>(to) + done, size - done, static_cast<off_t>(offset + done));
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) break;
    done += static_cast<size_t>(got);
  }
  return done;
}

}  // namespace governor::linux_os

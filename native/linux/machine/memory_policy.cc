// Memory policy of a thread: Documentation/admin-guide/mm/numa_memory_policy.rst of the kernel. Raw system calls:
// libnuma need not be installed.
#include "linux/machine/memory_policy.h"

#include <errno.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <string>
#include <vector>

namespace governor {
namespace {

constexpr size_t kMostWords = 512;  // 4 KiB; the kernel refuses larger sets unread

}  // namespace

int linux_os::apply_memory_policy(int mode, const Cpuset& nodes) {
  const auto& words = nodes.words();
  // The kernel takes one bit less than the number it is given.
  const unsigned long bits = words.empty() ? 0 : words.size() * 64 + 1;
  return ::syscall(SYS_set_mempolicy, mode, words.empty() ? nullptr : words.data(), bits) == 0 ? 0 : errno;
}

void set_memory_policy(int mode, const Cpuset& nodes) {
  const int failed = linux_os::apply_memory_policy(mode, nodes);
  if (failed) throw OsError{failed, "set_mempolicy", "mode " + std::to_string(mode)};
}

MemoryPolicy memory_policy() {
  for (size_t size = 16; size <= kMostWords; size *= 2) {
    std::vector<uint64_t> nodes(size);
    int mode = 0;
    if (::syscall(SYS_get_mempolicy, &mode, nodes.data(), size * 64 + 1, nullptr, 0) == 0) {
      return {mode, Cpuset::from_words(std::move(nodes))};
    }
    if (errno != EINVAL) break;  // EINVAL: the kernel's sets are wider
  }
  throw OsError{errno, "get_mempolicy", "the calling thread"};
}

}  // namespace governor

#include "linux/machine/affinity.h"

#include <errno.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <string>
#include <vector>

#include "core/platform/affinity.h"

namespace governor {

// Raw system calls: glibc's cpu_set_t ends at 1,024 CPUs.
int linux_os::apply_affinity(int tid, const Cpuset& cpus) {
  const auto& words = cpus.words();
  return ::syscall(SYS_sched_setaffinity, tid, words.size() * sizeof(uint64_t), words.data()) == 0 ? 0 : errno;
}

int thread_id() { return static_cast<int>(::syscall(SYS_gettid)); }

Cpuset affinity(int tid) {
  for (size_t words = 16; words <= Cpuset::kLargest / 64 + 1; words *= 2) {
    std::vector<uint64_t> mask(words);
    const long bytes = ::syscall(SYS_sched_getaffinity, tid, words * sizeof(uint64_t), mask.data());
    if (bytes >= 0) return Cpuset::from_words(std::move(mask));
    if (errno != EINVAL) break;  // EINVAL: the kernel's sets are wider
  }
  throw OsError{errno, "sched_getaffinity", "thread " + std::to_string(tid)};
}

void set_affinity(int tid, const Cpuset& cpus) {
  const int failed = linux_os::apply_affinity(tid, cpus);
  if (failed) throw OsError{failed, "sched_setaffinity", "thread " + std::to_string(tid)};
}

}  // namespace governor

#include <errno.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "core/platform.h"

namespace governor {
namespace {

// The kernel's struct rlimit64, whatever the libc calls it.
struct Limit {
  uint64_t soft, hard;
};

Limit limit_of(int pid) {
  Limit limit{};
  if (::syscall(SYS_prlimit64, pid, RLIMIT_NOFILE, nullptr, &limit) != 0) {
    throw OsError{errno, "prlimit", "process " + std::to_string(pid)};
  }
  return limit;
}

}  // namespace

int64_t open_files_limit(int pid) {
  const uint64_t soft = limit_of(pid).soft;
  return soft > uint64_t{1} << 53 ? -1 : static_cast<int64_t>(soft);
}

}  // namespace governor

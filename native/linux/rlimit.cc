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

void set_open_files_limit(int64_t soft) {
  Limit limit = limit_of(0);
  limit.soft = soft < 0 ? limit.hard : static_cast<uint64_t>(soft);
  if (::syscall(SYS_prlimit64, 0, RLIMIT_NOFILE, &limit, nullptr) != 0) {
    throw OsError{errno, "prlimit", "RLIMIT_NOFILE"};
  }
}

}  // namespace governor

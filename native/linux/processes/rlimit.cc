#include "linux/processes/rlimit.h"

#include <errno.h>
#include <sys/resource.h>

#include <string>

#include "core/platform/processes.h"

namespace governor {
namespace linux_os {

int get_open_files(int pid, OpenFilesLimit& limit) {
  struct rlimit found {};
  if (::prlimit(pid, RLIMIT_NOFILE, nullptr, &found) != 0) return errno;
  limit = {found.rlim_cur, found.rlim_max};
  return 0;
}

int set_own_open_files(const OpenFilesLimit& limit) {
  const struct rlimit wanted { limit.soft, limit.hard };
  return ::prlimit(0, RLIMIT_NOFILE, &wanted, nullptr) == 0 ? 0 : errno;
}

}  // namespace linux_os

int64_t open_files_limit(int pid) {
  linux_os::OpenFilesLimit limit{};
  if (const int failed = linux_os::get_open_files(pid, limit)) {
    throw OsError{failed, "prlimit", "process " + std::to_string(pid)};
  }
  return limit.soft > uint64_t{1} << 53 ? -1 : static_cast<int64_t>(limit.soft);
}

}  // namespace governor

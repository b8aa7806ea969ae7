// What the warden cannot do without. If a policy (seccomp) refuses it, or there is no /proc, nothing is started.
#pragma once
#include <errno.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <charconv>

#include "linux/launch/children.h"
#include "linux/launch/start.h"

namespace governor::linux_os {

// Whether /proc shows the processes of our namespace.
inline int missing_proc() {
  const int proc = ::open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (proc < 0) return errno;
  char name[16] = {};
  std::to_chars(name, name + sizeof name - 1, ::getpid());
  const int parent = parent_of(proc, name);
  ::close(proc);
  return parent == ::getppid() ? 0 : ENOENT;
}

inline Failure missing_need() {
  if (::prctl(PR_SET_CHILD_SUBREAPER, 1) != 0) return {errno, WardenCall::kPrctl};
  if (::kill(::getpid(), 0) != 0) return {errno, WardenCall::kKill};
  if (::waitpid(-1, nullptr, WNOHANG) < 0 && errno != ECHILD) return {errno, WardenCall::kWait4};
  return {missing_proc(), WardenCall::kProc};
}

}  // namespace governor::linux_os

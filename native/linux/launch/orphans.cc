#include <errno.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "core/platform/launch.h"
#include "linux/launch/children.h"

namespace governor {

void adopt_orphans() { ::prctl(PR_SET_CHILD_SUBREAPER, 1); }

bool kill_children() {
  linux_os::each_child([](int pid) { ::kill(pid, SIGKILL); });
  int pid;
  while ((pid = ::waitpid(-1, nullptr, WNOHANG)) > 0) continue;
  return pid == 0 || errno != ECHILD;
}

}  // namespace governor

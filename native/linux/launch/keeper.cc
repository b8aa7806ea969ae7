// The keeper: the parent of the warden, for the case that the warden is killed. All that the warden has started and all
// that came of it is the keeper's then, and is killed. Killed itself, nothing happens: the warden goes on without it.
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/platform.h"
#include "linux/launch/children.h"
#include "linux/launch/warden_process.h"

namespace governor {
namespace linux_os {
namespace {

constexpr int kRest = 10;  // milliseconds from one look at what is left to the next

}  // namespace

void keep_warden(int warden) {
  int status = 0;
  for (int ended; (ended = ::waitpid(warden, &status, 0)) != warden;) {
    if (ended < 0 && errno != EINTR) break;
  }
  const bool as_told = WIFEXITED(status) && WEXITSTATUS(status) == 0;
  while (!as_told && kill_children()) ::poll(nullptr, 0, kRest);
  ::_exit(0);
}

}  // namespace linux_os

void adopt_orphans() { ::prctl(PR_SET_CHILD_SUBREAPER, 1); }

bool kill_children() {
  linux_os::each_child([](int pid) { ::kill(pid, SIGKILL); });
  int pid;
  while ((pid = ::waitpid(-1, nullptr, WNOHANG)) > 0) continue;
  return pid == 0 || errno != ECHILD;
}

}  // namespace governor

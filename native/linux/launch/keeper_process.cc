// The keeper: the warden's parent. If the warden is killed, everything that the warden started, and everything that
// came of it, becomes the keeper's child, and the keeper kills it. If the keeper is killed, the warden goes on.
#include "linux/launch/keeper_process.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "linux/launch/children.h"

namespace governor::linux_os {
namespace {

constexpr int kPeriod = 10;  // milliseconds from one look at what is left to the next

// Kills our children and reaps those that have ended. Returns whether any is left: children of the killed become ours
// only then.
bool kill_children() {
  each_child([](int pid) { ::kill(pid, SIGKILL); });
  int pid;
  while ((pid = ::waitpid(-1, nullptr, WNOHANG)) > 0) continue;
  return pid == 0 || errno != ECHILD;
}

}  // namespace

void run_keeper(int warden) {
  int status = 0;
  for (int ended; (ended = ::waitpid(warden, &status, 0)) != warden;) {
    if (ended < 0 && errno != EINTR) break;
  }
  const bool finished = WIFEXITED(status) && WEXITSTATUS(status) == 0;
  while (!finished && kill_children()) ::poll(nullptr, 0, kPeriod);
  ::_exit(0);
}

}  // namespace governor::linux_os

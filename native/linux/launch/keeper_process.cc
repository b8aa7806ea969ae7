// The keeper: the warden's parent. If the warden is killed, everything that the warden started, and everything that
// came of it, becomes the keeper's child, and the keeper kills it. If the keeper is killed, the warden goes on. The
// keeper continues a warden that somebody has stopped, and kills one that does not end when the launch has gone: it may
// be traced.
#include "linux/launch/keeper_process.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "linux/launch/children.h"
#include "linux/launch/look_again.h"
#include "linux/procfs/clock.h"

namespace governor::linux_os {
namespace {

// Milliseconds in which a warden ends everything after the launch has gone: its quick grace, and time to do it.
constexpr int kWardensTime = 2500;

// Waits for the warden's end, and returns whether it has ended everything.
bool await(int warden, int control) {
  sigset_t child;
  ::sigemptyset(&child);
  ::sigaddset(&child, SIGCHLD);
  pollfd watched[2] = {{control, 0, 0}, {::signalfd(-1, &child, SFD_CLOEXEC | SFD_NONBLOCK), POLLIN, 0}};
  int pause = watched[1].fd >= 0 ? -1 : LookAgain::kLongest;
  int64_t killing = -1;  // when
  while (true) {
    int status = 0;
    const int changed = ::waitpid(warden, &status, WNOHANG | WUNTRACED);
    if (changed == warden && WIFSTOPPED(status)) {
      ::kill(warden, SIGCONT);
    } else if (changed == warden) {
      return WIFEXITED(status) && WEXITSTATUS(status) == 0;
    } else if (changed < 0 && errno != EINTR) {
      return true;
    }
    const int64_t now = monotonic_milliseconds();
    if (watched[0].revents != 0) {  // the launch has gone
      watched[0] = {-1, 0, 0};
      killing = now + kWardensTime;
      pause = LookAgain::kLongest;
    }
    if (killing >= 0 && now >= killing) {
      ::kill(warden, SIGKILL);
      return false;
    }
    if (::poll(watched, 2, pause) < 0) sleep_milliseconds(LookAgain::kLongest);  // refused
    signalfd_siginfo received;
    while (watched[1].fd >= 0 && ::read(watched[1].fd, &received, sizeof received) > 0) continue;
  }
}

// Kills our children and reaps those that have ended, until there are none, or those that are left refuse it. Children
// of the killed become ours only then. A killed warden that is traced is there until its tracer has seen its end:
// ptrace(2).
void kill_children(int warden) {
  LookAgain look_again;
  Refusal refusal;
  while (true) {
    bool reached = false;
    each_child([&](int pid) { reached |= ::kill(pid, SIGKILL) == 0 && pid != warden; });
    int pid;
    while ((pid = ::waitpid(-1, nullptr, WNOHANG)) > 0) look_again.soon();
    if (pid < 0 && errno == ECHILD) return;
    if (refusal.lasts(reached, monotonic_milliseconds())) return;
    ::poll(nullptr, 0, look_again.before(0));
  }
}

}  // namespace

void run_keeper(int warden, int control) {
  if (!await(warden, control)) kill_children(warden);
  ::_exit(0);
}

}  // namespace governor::linux_os

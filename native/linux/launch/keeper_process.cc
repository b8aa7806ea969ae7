// The keeper: the warden's parent. If the warden is killed, everything that the warden started, and everything that
// came of it, becomes the keeper's child, and the keeper kills it. If the keeper is killed, the warden goes on.
#include "linux/launch/keeper_process.h"

#include <errno.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/platform/launch.h"

namespace governor::linux_os {
namespace {

constexpr int kPeriod = 10;  // milliseconds from one look at what is left to the next

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

// The launch's side: starts a warden, and sends it commands. The warden itself is in warden_process.cc.
#include "linux/launch/warden_process.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstring>

#include "linux/launch/detach.h"
#include "linux/launch/keeper_process.h"
#include "linux/launch/start.h"
#include "linux/processes/signal_mask.h"
#include "linux/procfs/clock.h"

namespace governor {

using linux_os::kStdio;
using linux_os::PreparedStart;
using linux_os::WardenMessage;
using linux_os::WardenRank;

namespace {

constexpr int kPatience = 1000;  // milliseconds for which a command waits for room

// The child of the fork is the keeper, and its child the warden. A keeper that cannot fork is the warden itself.
[[noreturn]] void run_child(const linux_os::Origin& origin, const linux_os::Kept& kept, std::vector<WardenRank>& ranks,
                            WardenMessage* queue) {
  linux_os::detach(origin, "thread-keeper");
  const int warden = linux_os::fork_bare();
  const bool is_warden = warden <= 0;
  if (is_warden) linux_os::detach(origin, "thread-warden");
  const int control = linux_os::close_others(kept, is_warden);
  if (!is_warden) linux_os::run_keeper(warden, control);
  linux_os::run_warden(origin, ranks.data(), static_cast<int>(ranks.size()), control, queue);
}

}  // namespace

Warden start_warden(const std::vector<Start>& starts, const std::vector<int>& keep) {
  std::vector<PreparedStart> prepared;
  prepared.reserve(starts.size());
  for (const auto& start : starts) prepared.emplace_back(start);
  std::vector<WardenRank> ranks;
  ranks.reserve(prepared.size());
  for (const auto& start : prepared) ranks.push_back({&start, 0});
  std::vector<WardenMessage> queue(linux_os::most_queued(ranks.size()));
  const auto origin = linux_os::read_origin();
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) throw OsError{errno, "socketpair", "warden"};
  // No signal may reach the child while it still has our handlers.
  const uint64_t before = linux_os::block_signals(linux_os::kAllSignals);
  const int pid = linux_os::fork_bare();
  if (pid == 0) run_child(origin, {ends[1], ends[0], keep.data(), static_cast<int>(keep.size())}, ranks, queue.data());
  const int failed = errno;
  linux_os::block_signals(before);
  ::close(ends[1]);
  if (pid < 0) {
    ::close(ends[0]);
    throw OsError{failed, "fork", "warden"};
  }
  return {pid, ends[0]};
}

void command_warden(int control, WardenCommand command, int rank, int value, const std::vector<int>& stdio) {
  const WardenMessage message{static_cast<int32_t>(command), rank, value, 0};
  iovec piece{const_cast<WardenMessage*>(&message), sizeof message};
  msghdr header{};
  header.msg_iov = &piece;
  header.msg_iovlen = 1;
  alignas(cmsghdr) char passed[CMSG_SPACE(kStdio * sizeof(int))] = {};
  if (stdio.size() == kStdio) {
    header.msg_control = passed;
    header.msg_controllen = sizeof passed;
    cmsghdr* control_message = CMSG_FIRSTHDR(&header);
    control_message->cmsg_level = SOL_SOCKET;
    control_message->cmsg_type = SCM_RIGHTS;
    control_message->cmsg_len = CMSG_LEN(kStdio * sizeof(int));
    ::memcpy(CMSG_DATA(control_message), stdio.data(), kStdio * sizeof(int));
  }
  const int64_t until = linux_os::monotonic_milliseconds() + kPatience;
  while (::sendmsg(control, &header, MSG_NOSIGNAL | MSG_DONTWAIT) != sizeof message) {
    // More descriptors under way than we may have open, or more commands than fit: the warden is reading them.
    const bool many = errno == ETOOMANYREFS;
    if (!many && errno != EAGAIN && errno != EINTR) {
      const int failed = errno;
      ::shutdown(control, SHUT_WR);  // the warden takes it for our end, and ends everything
      throw OsError{failed, "sendmsg", "warden"};
    }
    const int64_t left = until - linux_os::monotonic_milliseconds();
    if (left <= 0) throw OsError{ETIMEDOUT, "sendmsg", "warden"};
    pollfd writable{control, POLLOUT, 0};
    ::poll(&writable, many ? 0 : 1, many ? 1 : static_cast<int>(left));
  }
}

void await_warden(int pid) {
  while (::waitpid(pid, nullptr, 0) < 0 && errno == EINTR) continue;
}

Pipe make_pipe() {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) throw OsError{errno, "pipe2", "output of a rank"};
  ::fcntl(ends[0], F_SETFL, O_NONBLOCK);
  return {ends[0], ends[1]};
}

}  // namespace governor

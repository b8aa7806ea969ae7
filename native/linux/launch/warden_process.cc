// The warden: a process between a launch and its ranks. It starts them, reaps them, and outlives the launch just long
// enough to end whatever is left: every descendant of a rank that loses its parent becomes the warden's child
// (PR_SET_CHILD_SUBREAPER, prctl(2)), so none gets away by forking twice. If the warden itself is killed, the kernel
// kills the ranks (PR_SET_PDEATHSIG), and the keeper (keeper_process.cc) everything else.
#include "linux/launch/warden_process.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstring>

#include "linux/launch/children.h"
#include "linux/launch/look_again.h"
#include "linux/launch/warden_needs.h"
#include "linux/procfs/clock.h"

namespace governor::linux_os {
namespace {

constexpr int kQuickGrace = 500;   // milliseconds from SIGTERM to SIGKILL if the launch itself has gone
constexpr int kMostFailures = 50;  // of one call, one after the other, each followed by a pause
constexpr int kPause = 10;         // milliseconds
constexpr size_t kMostLeft = 16;   // processes that refuse our signals are named up to this number

class WardenProcess {
 public:
  // queue: room for most_queued() events
  WardenProcess(const Origin& origin, WardenRank* ranks, int count, int control, WardenMessage* queue)
      : origin_(origin), ranks_(ranks), count_(count), control_(control), queue_(queue) {}

  [[noreturn]] void run() {
    sigset_t child;
    ::sigemptyset(&child);
    ::sigaddset(&child, SIGCHLD);
    pollfd watched[2] = {{control_, POLLIN, 0}, {::signalfd(-1, &child, SFD_CLOEXEC | SFD_NONBLOCK), POLLIN, 0}};
    const int idle = watched[1].fd >= 0 ? -1 : LookAgain::kFirst;  // without a signalfd we look for ended children
    ::fcntl(control_, F_SETFL, O_NONBLOCK);
    if (const auto [error, call] = missing_need(); error) refuse(error, call);
    while (true) {
      watched[0].fd = abandoned_ ? -1 : control_;
      watched[0].events = static_cast<short>(queued_ > 0 ? POLLIN | POLLOUT : POLLIN);
      const int look = finishing_ ? look_again_.before(deadline_ - monotonic_milliseconds()) : idle;
      if (::poll(watched, 2, unreaped_ > 0 ? kPause : look) < 0) {  // refused: look at both
        sleep_milliseconds(kPause);
        for (pollfd& one : watched) one.revents = POLLIN;
      }
      if (watched[1].revents & POLLIN) {
        signalfd_siginfo received;
        while (::read(watched[1].fd, &received, sizeof received) > 0) continue;
      }
      if (!abandoned_ && (watched[0].revents & ~POLLOUT) != 0) obey();
      flush();
      reap();
      if (finishing_) finish();
    }
  }

 private:
  void obey() {
    WardenMessage message;
    alignas(cmsghdr) char passed[CMSG_SPACE(kStdio * sizeof(int))];
    iovec piece{&message, sizeof message};
    msghdr header{};
    header.msg_iov = &piece;
    header.msg_iovlen = 1;
    header.msg_control = passed;
    header.msg_controllen = sizeof passed;
    const ssize_t got = ::recvmsg(control_, &header, MSG_CMSG_CLOEXEC);
    if (got < 0 && (errno == EINTR || errno == EAGAIN)) return;
    if (got < 0 && errno != ECONNRESET) return has_failed(WardenCall::kRecvmsg, unread_);
    unread_ = 0;
    if (got != sizeof message) {  // the launch has gone
      abandoned_ = true;
      begin_to_finish(kQuickGrace);
      return;
    }
    int stdio[kStdio] = {-1, -1, -1};
    const cmsghdr* control = CMSG_FIRSTHDR(&header);
    if (control && control->cmsg_type == SCM_RIGHTS && control->cmsg_len <= CMSG_LEN(sizeof stdio)) {
      ::memcpy(stdio, CMSG_DATA(control), control->cmsg_len - CMSG_LEN(0));
    }
    const bool known = message.rank >= 0 && message.rank < count_;
    switch (static_cast<WardenCommand>(message.kind)) {
      case WardenCommand::kStart:
        if (known && stdio[kStdio - 1] >= 0) start(message.rank, stdio);
        // The kernel drops descriptors for which the receiver has no room: unix(7).
        if (known && stdio[kStdio - 1] < 0) {
          send_event(WardenEvent::kNotStarted, message.rank, EMFILE, WardenCall::kRecvmsg);
        }
        break;
      case WardenCommand::kSignal:
        if (known && ranks_[message.rank].pid > 0) ::kill(ranks_[message.rank].pid, message.value);
        break;
      case WardenCommand::kFinish:
        begin_to_finish(message.value);
        send_event(WardenEvent::kAnswered, 0, 0);
        break;
      case WardenCommand::kLeave:  // what the ranks have left behind goes on
        ::_exit(0);
      case WardenCommand::kAnswer: send_event(WardenEvent::kAnswered, 0, 0); break;
    }
    for (const int descriptor : stdio) {
      if (descriptor >= 0) ::close(descriptor);
    }
  }

  void start(int index, const int (&stdio)[kStdio]) {
    WardenRank& rank = ranks_[index];
    if (rank.pid > 0 || finishing_) return;
    const int warden = ::getpid();
    volatile int failed = 0;  // the child shares our memory until it execs
    volatile WardenCall call = WardenCall::kVfork;
    const int pid = ::vfork();
    if (pid == 0) {
      ::prctl(PR_SET_PDEATHSIG, SIGKILL);
      if (::getppid() != warden) ::_exit(127);
      ::setpgid(0, ::getpgid(origin_.pid));  // the terminal's signals go to a group
      for (int i = 0; i < kStdio; i++) {
        if (::dup2(stdio[i], i) < 0) {
          failed = errno;
          call = WardenCall::kDup2;
          ::_exit(127);
        }
        const int flags = ::fcntl(i, F_GETFL);  // Node may have made what it shares with the program non-blocking
        if (flags >= 0 && flags & O_NONBLOCK) ::fcntl(i, F_SETFL, flags & ~O_NONBLOCK);
      }
      const Failure failure = rank.start->apply();
      call = failure.error ? failure.call : WardenCall::kExecve;
      failed = failure.error ? failure.error : rank.start->exec();
      ::_exit(127);
    }
    if (pid < 0) failed = errno;
    if (pid > 0 && failed) ::waitpid(pid, nullptr, 0);
    rank.pid = failed ? 0 : pid;
    if (failed) return send_event(WardenEvent::kNotStarted, index, failed, call);
    send_event(WardenEvent::kStarted, index, pid);
  }

  // A call that should not fail has failed again: it may be refused for ever.
  void has_failed(WardenCall call, int& times) {
    const int error = errno;
    if (++times >= kMostFailures) refuse(error, call);
    sleep_milliseconds(kPause);
  }

  void refuse(int error, WardenCall call) {
    if (!refused_) send_event(WardenEvent::kRefused, 0, error, call);
    refused_ = true;
    begin_to_finish(kQuickGrace);
  }

  // Whether any child is left, as far as we know.
  bool reap() {
    int status, pid;
    while ((pid = ::waitpid(-1, &status, WNOHANG)) > 0) {
      look_again_.soon();
      for (int i = 0; i < count_; i++) {
        if (ranks_[i].pid != pid) continue;
        ranks_[i].pid = 0;
        send_event(WardenEvent::kEnded, i, status);
      }
    }
    if (pid < 0 && errno != ECHILD) {
      has_failed(WardenCall::kWait4, unreaped_);
      return unreaped_ < 3 * kMostFailures;  // by then everything has been killed
    }
    unreaped_ = 0;
    return pid == 0;
  }

  void begin_to_finish(int grace) {
    if (!finishing_) signalled_ = 0;
    const int64_t deadline = monotonic_milliseconds() + grace;
    if (!finishing_ || deadline < deadline_) deadline_ = deadline;
    finishing_ = true;
    look_again_.soon();
  }

  // SIGTERM once to each child, SIGKILL after the grace, until there is none, or those that are left refuse it.
  void finish() {
    if (reap()) {
      const int64_t now = monotonic_milliseconds();
      const bool at_once = now >= deadline_;
      if (!refusal_.lasts(end_children(at_once) || !at_once, now)) return;
      if (!finish_sent_) name_children();
    }
    if (!finish_sent_) send_event(WardenEvent::kFinished, 0, 0);
    finish_sent_ = true;
    if (abandoned_ || queued_ == 0) ::_exit(0);
  }

  // Whether SIGKILL reached any.
  bool end_children(bool at_once) {
    bool reached = false;
    const auto end = [&](int pid) {
      if (at_once) {
        reached |= ::kill(pid, SIGKILL) == 0;
      } else if (!has_been_signalled(pid)) {
        ::kill(pid, SIGTERM);
        ::kill(pid, SIGCONT);
      }
    };
    each_child(end);
    for (int i = 0; i < count_; i++) {  // also if /proc cannot be read
      if (ranks_[i].pid > 0) end(ranks_[i].pid);
    }
    return reached;
  }

  void name_children() {
    size_t named = 0;
    each_child([&](int pid) {
      if (named++ < kMostLeft) send_event(WardenEvent::kLeft, 0, pid);
    });
  }

  bool has_been_signalled(int pid) {
    for (int i = 0; i < signalled_; i++) {
      if (signalled_pids_[i] == pid) return true;
    }
    if (signalled_ < kMostSignalled) signalled_pids_[signalled_++] = pid;
    return false;
  }

  void send_event(WardenEvent kind, int rank, int value, WardenCall call = {}) {
    if (abandoned_ || queued_ == most_queued(static_cast<size_t>(count_))) return;
    queue_[queued_++] = {static_cast<int32_t>(kind), rank, value, static_cast<int32_t>(call)};
    flush();
  }

  // Never waits: the launch may be waiting for us to read its commands. A stream's socket takes a record whole or not
  // at all, as they are much smaller than a page. write(2), because policies may refuse send(2); SIGPIPE is blocked.
  void flush() {
    size_t sent = 0;
    while (!abandoned_ && sent < queued_) {
      if (::write(control_, &queue_[sent], sizeof(WardenMessage)) <= 0) break;
      sent++;
    }
    queued_ -= sent;
    ::memmove(queue_, queue_ + sent, queued_ * sizeof(WardenMessage));
  }

  static constexpr int kMostSignalled = 4096;
  const Origin& origin_;
  WardenRank* ranks_;
  int count_;
  int control_;
  WardenMessage* queue_;
  size_t queued_ = 0;
  bool finish_sent_ = false;
  bool abandoned_ = false;
  bool finishing_ = false;
  bool refused_ = false;
  int unread_ = 0, unreaped_ = 0;  // how many times in a row recvmsg(2) and wait4(2) have failed
  int64_t deadline_ = 0;
  LookAgain look_again_;
  Refusal refusal_;
  int signalled_ = 0;
  int signalled_pids_[kMostSignalled];
};

}  // namespace

// A rank is started again only after the launch has read that it ended: two events each, an answer, and the last ones.
size_t most_queued(size_t ranks) { return 2 * ranks + 3 + kMostLeft; }

void run_warden(const Origin& origin, WardenRank* ranks, int count, int control, WardenMessage* queue) {
  WardenProcess(origin, ranks, count, control, queue).run();
}

}  // namespace governor::linux_os

// Follows a process tree on its own thread, so that the caller wakes only when there is something to do.
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <mutex>
#include <system_error>
#include <thread>

#include "linux/processes/signal_mask.h"
#include "linux/processes/tree_follower.h"
#include "linux/procfs/clock.h"

namespace governor {
namespace {

using linux_os::TreeFollower;

constexpr int kPeriod = 30;  // milliseconds between two looks

class Follow : public FollowedTree {
 public:
  explicit Follow(int root) : follower_(root) {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0) throw OsError{errno, "pipe2", "a followed tree"};
    changes_ = ends[0];
    notify_ = ends[1];
    stop_ = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    const bool starts = stop_ >= 0;
    const int failed = starts ? start() : errno;
    if (failed == 0) return;
    close_all();
    ::close(changes_);
    throw OsError{failed, starts ? "pthread_create" : "eventfd", "a followed tree"};
  }
  ~Follow() override {
    const uint64_t one = 1;
    while (::write(stop_, &one, sizeof one) < 0 && errno == EINTR) continue;
    thread_.join();
    close_all();
  }
  std::vector<FollowedProcess> tree() override {
    const std::lock_guard<std::mutex> lock(mutex_);
    notified_ = false;
    return follower_.tree();
  }

 private:
  int start() {
    const uint64_t before = linux_os::block_signals(linux_os::kAllSignals);  // the new thread must handle none
    int failed = 0;
    try {
      thread_ = std::thread([this] { run(); });
    } catch (const std::system_error& error) {
      failed = error.code().value();
    }
    linux_os::block_signals(before);
    return failed;
  }
  void run() {
    ::prctl(PR_SET_NAME, "governor-follow");
    pollfd stop{stop_, POLLIN, 0};
    do {
      const std::lock_guard<std::mutex> lock(mutex_);
      try {
        changed_ = follower_.look(linux_os::monotonic_nanoseconds()) || changed_;
      } catch (const std::exception&) {  // no memory: the next look may have it
      } catch (const OsError&) {         // no descriptor: likewise
      }
      if (changed_ && !notified_) notified_ = ::write(notify_, "", 1) == 1;
      if (notified_) changed_ = false;
    } while (::poll(&stop, 1, kPeriod) == 0);
  }
  void close_all() {
    for (const int descriptor : {notify_, stop_}) {
      if (descriptor >= 0) ::close(descriptor);
    }
  }

  std::mutex mutex_;
  TreeFollower follower_;
  std::thread thread_;
  int notify_ = -1, stop_ = -1;
  bool changed_ = false, notified_ = false;
};

}  // namespace

std::unique_ptr<FollowedTree> follow_tree(int pid) { return std::make_unique<Follow>(pid); }

}  // namespace governor

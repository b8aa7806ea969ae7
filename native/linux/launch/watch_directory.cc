// Watches a directory with inotify on its own thread: the caller waits for a pipe, as it does for a followed tree.
// inotify(7).
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <system_error>
#include <thread>

#include "core/platform/locks.h"
#include "linux/processes/signal_mask.h"

namespace governor {
namespace {

constexpr uint32_t kEvents = IN_CREATE | IN_MODIFY | IN_CLOSE_WRITE | IN_DELETE | IN_MOVE | IN_DELETE_SELF | IN_ONLYDIR;

class Watch : public WatchedDirectory {
 public:
  explicit Watch(const std::string& path) {
    const int failed = open(path);
    if (failed == 0) return;
    close_all();
    if (changes_ >= 0) ::close(changes_);
    throw OsError{failed, "inotify", path};
  }
  ~Watch() override {
    const uint64_t one = 1;
    while (::write(stop_, &one, sizeof one) < 0 && errno == EINTR) continue;
    thread_.join();
    close_all();
  }

 private:
  // Returns the error's number; 0: everything is open and the thread runs.
  int open(const std::string& path) {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0) return errno;
    changes_ = ends[0];
    notify_ = ends[1];
    if ((stop_ = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) < 0) return errno;
    if ((events_ = ::inotify_init1(IN_CLOEXEC | IN_NONBLOCK)) < 0) return errno;
    if (::inotify_add_watch(events_, path.c_str(), kEvents) < 0) return errno;
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
    ::prctl(PR_SET_NAME, "governor-ledger");
    pollfd waiting[] = {{events_, POLLIN, 0}, {stop_, POLLIN, 0}};
    alignas(inotify_event) char read_away[4096];
    while (::poll(waiting, 2, -1) >= 0 || errno == EINTR) {
      if (waiting[1].revents != 0) return;
      while (::read(events_, read_away, sizeof read_away) > 0) continue;
      // A full pipe has told the caller already.
      if (::write(notify_, "", 1) < 0 && errno != EAGAIN && errno != EINTR) return;
    }
  }
  void close_all() {
    for (const int descriptor : {notify_, stop_, events_}) {
      if (descriptor >= 0) ::close(descriptor);
    }
  }

  std::thread thread_;
  int notify_ = -1, stop_ = -1, events_ = -1;
};

}  // namespace

std::unique_ptr<WatchedDirectory> watch_directory(const std::string& path) { return std::make_unique<Watch>(path); }

}  // namespace governor

// Follows a process tree on a thread of its own, so that the caller is woken only when there is something to do.
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <mutex>

#include "linux/processes/tree_follower.h"

// Since 2.34 glibc has these in another file, by another version; the old ones are still there.
#if defined(__GLIBC__) && defined(__x86_64__) && !defined(__SANITIZE_ADDRESS__)
__asm__(".symver pthread_create, pthread_create@GLIBC_2.2.5");
__asm__(".symver pthread_join, pthread_join@GLIBC_2.2.5");
#elif defined(__GLIBC__) && defined(__aarch64__) && !defined(__SANITIZE_ADDRESS__)
__asm__(".symver pthread_create, pthread_create@GLIBC_2.17");
__asm__(".symver pthread_join, pthread_join@GLIBC_2.17");
#endif

namespace governor {
namespace {

using linux_os::TreeFollower;

constexpr int kPeriod = 30;  // milliseconds between two looks

int64_t now() {
  timespec time{};
  ::clock_gettime(CLOCK_MONOTONIC, &time);
  return int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec;
}

class Follow : public FollowedTree {
 public:
  explicit Follow(int root) : follower_(root) {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0) throw OsError{errno, "pipe2", "a followed tree"};
    changes_ = ends[0];
    tell_ = ends[1];
    stop_ = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    const int failed = stop_ < 0 ? errno : start();
    if (failed == 0) return;
    close_all();
    ::close(changes_);
    throw OsError{failed, "pthread_create", "a followed tree"};
  }
  ~Follow() override {
    const uint64_t one = 1;
    while (::write(stop_, &one, sizeof one) < 0 && errno == EINTR) continue;
    ::pthread_join(thread_, nullptr);
    close_all();
  }
  std::vector<FollowedProcess> tree() override {
    const std::lock_guard<std::mutex> lock(mutex_);
    told_ = false;
    return follower_.tree();
  }

 private:
  int start() {
    uint64_t all = ~uint64_t{0}, before = 0;  // no signal is to be handled there
    ::syscall(SYS_rt_sigprocmask, SIG_SETMASK, &all, &before, sizeof all);
    const int failed = ::pthread_create(
        &thread_, nullptr,
        [](void* self) -> void* {
          static_cast<Follow*>(self)->run();
          return nullptr;
        },
        this);
    ::syscall(SYS_rt_sigprocmask, SIG_SETMASK, &before, nullptr, sizeof before);
    return failed;
  }
  void run() {
    ::prctl(PR_SET_NAME, "governor-follow");
    pollfd stop{stop_, POLLIN, 0};
    do {
      const std::lock_guard<std::mutex> lock(mutex_);
      try {
        changed_ = follower_.look(now()) || changed_;
      } catch (const std::exception&) {  // no memory: the next look may have it
      }
      if (changed_ && !told_) told_ = ::write(tell_, "", 1) == 1;
      if (told_) changed_ = false;
    } while (::poll(&stop, 1, kPeriod) == 0);
  }
  void close_all() {
    for (const int descriptor : {tell_, stop_}) {
      if (descriptor >= 0) ::close(descriptor);
    }
  }

  std::mutex mutex_;
  TreeFollower follower_;
  pthread_t thread_{};
  int tell_ = -1, stop_ = -1;
  bool changed_ = false, told_ = false;
};

}  // namespace

std::unique_ptr<FollowedTree> follow_tree(int pid) { return std::make_unique<Follow>(pid); }

}  // namespace governor

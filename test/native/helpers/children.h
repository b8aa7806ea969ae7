// Processes that a test starts, and what they do.
#pragma once
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <functional>
#include <vector>

#include "linux/procfs/clock.h"

constexpr int64_t kMillisecond = 1'000'000;  // in nanoseconds

// Child processes, all killed and reaped with this object.
class Children {
 public:
  ~Children() {
    for (const int pid : pids_) {
      ::kill(pid, SIGKILL);
      ::waitpid(pid, nullptr, 0);
    }
  }
  int start(const std::function<void()>& life) {
    const int pid = ::fork();
    if (pid == 0) {
      ::prctl(PR_SET_PDEATHSIG, SIGKILL);
      life();
      ::_exit(0);
    }
    pids_.push_back(pid);
    return pid;
  }
  // Kills and reaps one.
  void end(int pid) {
    ::kill(pid, SIGKILL);
    ::waitpid(pid, nullptr, 0);
    std::erase(pids_, pid);
  }

 private:
  std::vector<int> pids_;
};

[[noreturn]] inline void sleep_on() {
  while (true) ::pause();
}

inline int64_t cpu_time() {
  timespec time{};
  ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return governor::linux_os::nanoseconds(time);
}

inline void work(int64_t nanoseconds) {
  const int64_t until = cpu_time() + nanoseconds;
  while (cpu_time() < until) continue;
}

// A pipe that one process writes to, and another waits for.
class Handshake {
 public:
  Handshake() { (void)!::pipe(ends_); }
  ~Handshake() {
    ::close(ends_[0]);
    ::close(ends_[1]);
  }
  void give() const { (void)!::write(ends_[1], "", 1); }
  void await() const {
    char byte;
    (void)!::read(ends_[0], &byte, 1);
  }

 private:
  int ends_[2];
};

#include "linux/launch/start.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "linux/compat/raw_fcntl.h"

namespace governor {
namespace linux_os {
namespace {

char shell[] = "/bin/sh";

std::vector<char*> pointers(const std::vector<std::string>& texts) {
  std::vector<char*> list;
  for (const auto& text : texts) list.push_back(const_cast<char*>(text.c_str()));
  list.push_back(nullptr);
  return list;
}

// Pinned, and read back: the kernel narrows a set to what it allows, and calls that success.
int set_affinity_of_caller(const Cpuset& cpus) {
  constexpr size_t kMostWords = 256;  // 16,384 CPUs: twice as many as the kernel can have
  const auto& words = cpus.words();
  const size_t bytes = words.size() * sizeof(uint64_t);
  if (words.empty()) return 0;
  if (words.size() > kMostWords) return EINVAL;
  if (::syscall(SYS_sched_setaffinity, 0, bytes, words.data()) != 0) return errno;
  uint64_t held[kMostWords] = {};
  if (::syscall(SYS_sched_getaffinity, 0, sizeof held, held) < 0) return errno;
  for (size_t i = 0; i < kMostWords; i++) {
    if (held[i] != (i < words.size() ? words[i] : 0)) return EINVAL;
  }
  return 0;
}

int set_soft_open_files(int64_t soft) {
  struct {
    uint64_t soft, hard;
  } limit{};
  if (::syscall(SYS_prlimit64, 0, RLIMIT_NOFILE, nullptr, &limit) != 0) return errno;
  limit.soft = soft < 0 || static_cast<uint64_t>(soft) > limit.hard ? limit.hard : static_cast<uint64_t>(soft);
  return ::syscall(SYS_prlimit64, 0, RLIMIT_NOFILE, &limit, nullptr) == 0 ? 0 : errno;
}

}  // namespace

PreparedStart::PreparedStart(const Start& start)
    : start_(&start), arguments_(pointers(start.arguments)), environment_(pointers(start.environment)) {
  arguments_.insert(arguments_.begin(), shell);
}

int PreparedStart::apply() const {
  if (const int failed = set_affinity_of_caller(start_->cpus)) return failed;
  if (start_->memory) {  // a preference: a program without it computes all the same
    const auto& words = start_->memory->nodes.words();
    ::syscall(SYS_set_mempolicy, start_->memory->mode, words.empty() ? nullptr : words.data(),
              words.empty() ? 0 : words.size() * 64 + 1);
  }
  if (const int failed = set_soft_open_files(start_->open_files)) return failed;
  if (!start_->directory.empty() && ::chdir(start_->directory.c_str()) != 0) return errno;
  for (const int descriptor : start_->descriptors) raw_fcntl(descriptor, F_SETFD, 0);
  reset_signals(start_->ignored_signals);
  return 0;
}

int PreparedStart::exec() const {
  const char* program = start_->program.c_str();
  ::execve(program, arguments_.data() + 1, environment_.data());
  if (errno != ENOEXEC) return errno;
  // As execvp and every shell do: sh PROGRAM ARGUMENT…; the vfork'd child ends or execs next, so what it shares may
  // change.
  const_cast<PreparedStart*>(this)->arguments_[1] = const_cast<char*>(program);
  ::execve(shell, arguments_.data(), environment_.data());
  return errno;
}

// Raw: the C library keeps two signals to itself and leaves their handlers as they are.
void reset_signals(uint64_t ignored) {
  struct KernelAction {
    void (*handler)(int);
    unsigned long flags;
    void (*restorer)();
    uint64_t mask;
  };
  for (int signal = 1; signal <= 64; signal++) {
    if (signal == SIGKILL || signal == SIGSTOP) continue;
    const KernelAction action{(ignored >> (signal - 1)) & 1 ? SIG_IGN : SIG_DFL, 0, nullptr, 0};
    ::syscall(SYS_rt_sigaction, signal, &action, nullptr, sizeof action.mask);
  }
  const uint64_t none = 0;
  ::syscall(SYS_rt_sigprocmask, SIG_SETMASK, &none, nullptr, sizeof none);
}

}  // namespace linux_os

void become(const Start& start) {
  for (int standard = 0; standard < 3; standard++) {
    linux_os::raw_fcntl(standard, F_SETFD, 0);  // Node closes them at an exec
  }
  linux_os::PreparedStart prepared(start);
  const int failed = prepared.apply();
  throw OsError{failed ? failed : prepared.exec(), failed ? "start" : "execve", start.program};
}

}  // namespace governor

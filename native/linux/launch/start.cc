#include "linux/launch/start.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "linux/machine/affinity.h"
#include "linux/machine/memory_policy.h"
#include "linux/processes/rlimit.h"
#include "linux/processes/signal_mask.h"

namespace governor {
namespace linux_os {
namespace {

char shell[] = "/bin/sh";

std::vector<char*> pointers(const std::vector<std::string>& texts) {
  std::vector<char*> list;
  list.reserve(texts.size() + 1);
  for (const auto& text : texts) list.push_back(const_cast<char*>(text.c_str()));
  list.push_back(nullptr);
  return list;
}

// Sets the affinity and reads it back: the kernel narrows a set to what it allows, and reports success.
Failure confine_caller(const Cpuset& cpus) {
  constexpr size_t kMostWords = 256;  // 16,384 CPUs: twice as many as the kernel can have
  const auto& words = cpus.words();
  if (words.empty()) return {};
  if (words.size() > kMostWords) return {EINVAL, WardenCall::kSchedSetaffinity};
  if (const int failed = apply_affinity(0, cpus)) return {failed, WardenCall::kSchedSetaffinity};
  uint64_t held[kMostWords] = {};
  if (::syscall(SYS_sched_getaffinity, 0, sizeof held, held) < 0) return {errno, WardenCall::kSchedGetaffinity};
  for (size_t i = 0; i < kMostWords; i++) {
    if (held[i] != (i < words.size() ? words[i] : 0)) return {EINVAL, WardenCall::kSchedSetaffinity};
  }
  return {};
}

const char* name_of(WardenCall call) {
  switch (call) {
    case WardenCall::kSchedSetaffinity: return "sched_setaffinity";
    case WardenCall::kSchedGetaffinity: return "sched_getaffinity";
    case WardenCall::kPrlimit: return "prlimit";
    case WardenCall::kFcntl: return "fcntl";
    case WardenCall::kRtSigaction: return "rt_sigaction";
    case WardenCall::kRtSigprocmask: return "rt_sigprocmask";
    default: return "chdir";
  }
}

// Node closes descriptors on exec. A closed one is skipped.
bool pass_on(int descriptor) { return ::fcntl(descriptor, F_SETFD, 0) == 0 || errno == EBADF; }

int set_soft_open_files(int64_t soft) {
  OpenFilesLimit limit{};
  if (const int failed = get_open_files(0, limit)) return failed;
  limit.soft = soft < 0 || static_cast<uint64_t>(soft) > limit.hard ? limit.hard : static_cast<uint64_t>(soft);
  return set_own_open_files(limit);
}

}  // namespace

PreparedStart::PreparedStart(const Start& start)
    : start_(&start), arguments_(pointers(start.arguments)), environment_(pointers(start.environment)) {
  arguments_.insert(arguments_.begin(), shell);
}

Failure PreparedStart::apply() const {
  if (const Failure failure = confine_caller(start_->cpus); failure.error) return failure;
  // A preference: a program computes the same without it.
  if (start_->memory) apply_memory_policy(start_->memory->mode, start_->memory->nodes);
  if (const int failed = set_soft_open_files(start_->open_files)) return {failed, WardenCall::kPrlimit};
  if (!start_->directory.empty() && ::chdir(start_->directory.c_str()) != 0) return {errno, WardenCall::kChdir};
  for (const int descriptor : start_->descriptors) {
    if (!pass_on(descriptor)) return {errno, WardenCall::kFcntl};
  }
  return reset_signals(start_->ignored_signals);
}

int PreparedStart::exec() const {
  const char* program = start_->program.c_str();
  ::execve(program, arguments_.data() + 1, environment_.data());
  if (errno != ENOEXEC) return errno;
  // sh PROGRAM ARGUMENT…, as execvp and every shell do. The vfork'd child ends or execs next, so it may change what it
  // shares with its parent.
  const_cast<PreparedStart*>(this)->arguments_[1] = const_cast<char*>(program);
  ::execve(shell, arguments_.data(), environment_.data());
  return errno;
}

// Raw: the C library keeps two signals to itself and leaves their handlers alone.
Failure reset_signals(uint64_t ignored) {
  struct KernelAction {
    void (*handler)(int);
    unsigned long flags;
    void (*restorer)();
    uint64_t mask;
  };
  for (int signal = 1; signal <= 64; signal++) {
    if (signal == SIGKILL || signal == SIGSTOP) continue;
    const KernelAction action{(ignored >> (signal - 1)) & 1 ? SIG_IGN : SIG_DFL, 0, nullptr, 0};
    if (::syscall(SYS_rt_sigaction, signal, &action, nullptr, sizeof action.mask) != 0) {
      return {errno, WardenCall::kRtSigaction};
    }
  }
  if (::syscall(SYS_rt_sigprocmask, SIG_SETMASK, &kNoSignals, nullptr, sizeof kNoSignals) != 0) {
    return {errno, WardenCall::kRtSigprocmask};
  }
  return {};
}

}  // namespace linux_os

void become(const Start& start) {
  for (int standard = 0; standard < 3; standard++) {
    if (!linux_os::pass_on(standard)) throw OsError{errno, "fcntl", start.program};
  }
  linux_os::PreparedStart prepared(start);
  const auto [error, call] = prepared.apply();
  if (!error) throw OsError{prepared.exec(), "execve", start.program};
  throw OsError{error, linux_os::name_of(call), start.program};
}

}  // namespace governor

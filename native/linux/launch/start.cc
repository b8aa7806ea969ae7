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
int confine_caller(const Cpuset& cpus) {
  constexpr size_t kMostWords = 256;  // 16,384 CPUs: twice as many as the kernel can have
  const auto& words = cpus.words();
  if (words.empty()) return 0;
  if (words.size() > kMostWords) return EINVAL;
  if (const int failed = apply_affinity(0, cpus)) return failed;
  uint64_t held[kMostWords] = {};
  if (::syscall(SYS_sched_getaffinity, 0, sizeof held, held) < 0) return errno;
  for (size_t i = 0; i < kMostWords; i++) {
    if (held[i] != (i < words.size() ? words[i] : 0)) return EINVAL;
  }
  return 0;
}

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

int PreparedStart::apply() const {
  if (const int failed = confine_caller(start_->cpus)) return failed;
  // A preference: a program computes the same without it.
  if (start_->memory) apply_memory_policy(start_->memory->mode, start_->memory->nodes);
  if (const int failed = set_soft_open_files(start_->open_files)) return failed;
  if (!start_->directory.empty() && ::chdir(start_->directory.c_str()) != 0) return errno;
  for (const int descriptor : start_->descriptors) ::fcntl(descriptor, F_SETFD, 0);
  reset_signals(start_->ignored_signals);
  return 0;
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
  block_signals(kNoSignals);
}

}  // namespace linux_os

void become(const Start& start) {
  for (int standard = 0; standard < 3; standard++) ::fcntl(standard, F_SETFD, 0);  // Node closes them on exec
  linux_os::PreparedStart prepared(start);
  const int failed = prepared.apply();
  throw OsError{failed ? failed : prepared.exec(), failed ? "start" : "execve", start.program};
}

}  // namespace governor

// The calling thread's blocked signals. Raw: the C library keeps two signals to itself and never blocks them.
#pragma once
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdint>

namespace governor::linux_os {

constexpr uint64_t kNoSignals = 0, kAllSignals = ~uint64_t{0};

// Blocks these signals (bit n - 1: signal n) and no others; returns what was blocked before.
inline uint64_t block_signals(uint64_t signals) {
  uint64_t before = 0;
  ::syscall(SYS_rt_sigprocmask, SIG_SETMASK, &signals, &before, sizeof signals);
  return before;
}

}  // namespace governor::linux_os

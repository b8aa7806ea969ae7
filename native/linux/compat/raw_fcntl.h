// fcntl(2) itself: where files have 64 bits, glibc's headers make it fcntl64, which came with glibc 2.28 only.
#pragma once
#include <sys/syscall.h>
#include <unistd.h>

namespace governor::linux_os {

#ifdef SYS_fcntl64
constexpr long kFcntl = SYS_fcntl64;
#else
constexpr long kFcntl = SYS_fcntl;
#endif

template <typename Argument>
int raw_fcntl(int descriptor, int command, Argument argument) {
  return static_cast<int>(::syscall(kFcntl, descriptor, command, argument));
}

}  // namespace governor::linux_os

// Time of the monotonic clock.
#pragma once
#include <time.h>

#include <cstdint>

namespace governor::linux_os {

inline int64_t nanoseconds(const timespec& time) { return int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec; }

inline int64_t monotonic_nanoseconds() {
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  return nanoseconds(now);
}

inline void sleep_milliseconds(int64_t milliseconds) {
  const timespec pause{milliseconds / 1000, milliseconds % 1000 * 1'000'000};
  ::nanosleep(&pause, nullptr);
}

inline int64_t monotonic_milliseconds() { return monotonic_nanoseconds() / 1'000'000; }

}  // namespace governor::linux_os

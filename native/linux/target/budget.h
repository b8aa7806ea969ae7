// What reading hostile processes may use up. Everything that reads them spends from it first.
#pragma once
#include <errno.h>
#include <time.h>

#include <cstddef>
#include <cstdint>

#include "core/platform/owners.h"

namespace governor::linux_os {

class Budget {
 public:
  explicit Budget(const ReadLimits& limits) : bytes_left_(limits.bytes), until_(cpu_time() + limits.cpu_ms * kMs) {}

  // Whether so many bytes may be read; if not, errno is ETIME, and nothing may be read from then on.
  bool spend(size_t bytes) {
    if (!exhausted_ && bytes > static_cast<uint64_t>(bytes_left_)) exhausted_ = "bytes";
    if (!exhausted_ && calls_++ % kCallsPerLook == 0 && cpu_time() > until_) exhausted_ = "time";
    if (exhausted_) {
      errno = ETIME;
      return false;
    }
    bytes_left_ -= static_cast<int64_t>(bytes);
    return true;
  }
  void exhaust(const char* what) {
    if (!exhausted_) exhausted_ = what;
  }
  // What is used up; null: nothing.
  const char* exhausted() const { return exhausted_; }

 private:
  static constexpr int64_t kMs = 1'000'000;
  static constexpr unsigned kCallsPerLook = 16;

  static int64_t cpu_time() {  // nanoseconds
    timespec time{};
    ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return time.tv_sec * int64_t{1'000'000'000} + time.tv_nsec;
  }

  int64_t bytes_left_, until_;
  unsigned calls_ = 0;
  const char* exhausted_ = nullptr;
};

}  // namespace governor::linux_os

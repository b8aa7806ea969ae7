// When a supervisor looks again at what it has to end, and when it stops trying. Nothing announces an adopted child, so
// it has to look.
#pragma once
#include <stdint.h>

#include <algorithm>

namespace governor::linux_os {

// Milliseconds between two looks: few while processes end, more and more while nothing happens.
class LookAgain {
 public:
  static constexpr int kFirst = 10, kLongest = 200;

  void soon() { next_ = kFirst; }
  // At most `most`, if that is still to come.
  int before(int64_t most) {
    const int pause = next_;
    next_ = std::min(2 * next_, kLongest);
    return most > 0 ? static_cast<int>(std::min<int64_t>(pause, most)) : pause;
  }

 private:
  int next_ = kFirst;
};

// Whether no process has taken a signal for a second: those that are left belong to another user, or nobody can list
// them.
class Refusal {
 public:
  bool lasts(bool reached, int64_t now) {
    if (reached || since_ < 0) since_ = now;
    return now - since_ >= kPatience;
  }

 private:
  static constexpr int kPatience = 1000;
  int64_t since_ = -1;
};

}  // namespace governor::linux_os

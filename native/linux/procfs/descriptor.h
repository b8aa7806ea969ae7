#pragma once
#include <errno.h>
#include <unistd.h>

namespace governor::linux_os {

// An open file, closed with this object; errno stays. Negative: none.
class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}
  ~Descriptor() {
    const int reason = errno;
    if (number_ >= 0) ::close(number_);
    errno = reason;
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  operator int() const { return number_; }

 private:
  int number_;
};

}  // namespace governor::linux_os

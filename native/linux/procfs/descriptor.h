#pragma once
#include <errno.h>
#include <unistd.h>

#include <utility>

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
  Descriptor(Descriptor&& other) noexcept : number_(other.release()) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(number_, other.number_);
    return *this;
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  operator int() const { return number_; }
  // Leaves it open, for the caller.
  int release() { return std::exchange(number_, -1); }

 private:
  int number_;
};

}  // namespace governor::linux_os

// What stands between fork and exec, or just before an exec of our own: system calls alone, no allocation.
#pragma once
#include <signal.h>
#include <stddef.h>
#include <stdint.h>

#include <string>
#include <vector>

#include "core/platform.h"

namespace governor::linux_os {

// A Start as the system calls take it. It points into the Start, which must outlive it.
class PreparedStart {
 public:
  explicit PreparedStart(const Start& start);
  PreparedStart(PreparedStart&&) = default;

  // Makes the calling thread what the program is to start as. 0, or the errno of what failed.
  int apply() const;
  // Becomes the program; the errno where that fails.
  int exec() const;

 private:
  const Start* start_;
  std::vector<char*> arguments_;  // behind "/bin/sh", for a script without a first line that names its interpreter
  std::vector<char*> environment_;
};

// Signals as a program finds them that nobody has touched: default but for the ignored ones, none blocked.
void reset_signals(uint64_t ignored);

}  // namespace governor::linux_os

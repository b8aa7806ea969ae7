// What happens between fork and exec, or just before our own exec: system calls only, no allocation.
#pragma once
#include <stdint.h>

#include <vector>

#include "core/platform/launch.h"

namespace governor::linux_os {

struct Failure {
  int error;  // errno; 0: none
  WardenCall call;
};

// A Start as the system calls take it. It points into the Start, which must outlive it.
class PreparedStart {
 public:
  explicit PreparedStart(const Start& start);
  PreparedStart(PreparedStart&&) = default;

  // Gives the calling thread what the program is to start with.
  Failure apply() const;
  // Becomes the program; returns an errno if that fails.
  int exec() const;

 private:
  const Start* start_;
  std::vector<char*> arguments_;  // after "/bin/sh", for a script whose first line names no interpreter
  std::vector<char*> environment_;
};

// Sets signals as a program expects them: default except for the ignored ones, none blocked.
Failure reset_signals(uint64_t ignored);

}  // namespace governor::linux_os

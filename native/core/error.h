#pragma once
#include <string>
#include <utility>

namespace governor {

// A system call that failed: its errno, its name, and what it was asked about (a path, a thread).
struct OsError {
  int code;
  std::string syscall;
  std::string subject;
};

}  // namespace governor

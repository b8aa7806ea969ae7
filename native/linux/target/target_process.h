// A process that we read from outside, without stopping it.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "linux/procfs/maps.h"
#include "linux/target/target_memory.h"

namespace governor::linux_os {

enum class Machine { kX86_64, kArm64, kOther };  // kOther: also 32-bit programs

struct TargetProcess {
  // Goes through a living thread if the first one has ended: a zombie has neither maps nor memory.
  static TargetProcess open(int pid, const std::vector<int>& tids, Budget& budget);

  int pid;
  std::string directory;  // /proc/PID, or that thread's
  TargetMemory memory;
  Machine machine = Machine::kOther;
  uint64_t entry = 0;  // its program's entry point
  int denied = 0;      // errno if we may not read it
  bool gone = false;
  std::vector<Mapping> mappings{};

  // A thread's number in the process's own PID namespace. 0: it has ended.
  int own_number(int tid) const;

 private:
  TargetProcess(int number, std::string in_proc, int through, Budget& budget)
      : pid(number), directory(std::move(in_proc)), memory(through, budget) {}
  bool other_namespace_ = false;
};

}  // namespace governor::linux_os

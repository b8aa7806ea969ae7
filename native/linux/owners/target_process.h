// A process that is looked into from outside, without being stopped.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "linux/owners/target_memory.h"
#include "linux/procfs/maps.h"

namespace governor::linux_os {

enum class Machine { kX86_64, kArm64, kOther };  // kOther: of 32 bits as well

struct TargetProcess {
  // Through a living thread where the first one has ended: a zombie has neither maps nor memory.
  static TargetProcess open(int pid, const std::vector<int>& tids);

  int pid;
  std::string directory;  // in /proc, of the process or of that thread
  TargetMemory memory;
  Machine machine = Machine::kOther;
  uint64_t entry = 0;  // where its program began
  int denied = 0;      // errno where it may not be looked into
  bool gone = false;
  std::vector<Mapping> mappings{};

  // A thread's number as the process itself knows it: another one in a PID namespace of its own. 0: it is gone.
  int own_number(int tid) const;

 private:
  TargetProcess(int number, std::string in_proc, int through)
      : pid(number), directory(std::move(in_proc)), memory(through) {}
  bool other_namespace_ = false;
};

}  // namespace governor::linux_os

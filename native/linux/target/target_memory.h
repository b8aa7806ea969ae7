// The memory of another process, read without stopping it: process_vm_readv(2).
#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "linux/target/budget.h"

namespace governor::linux_os {

class TargetMemory {
 public:
  TargetMemory(int pid, Budget& budget) : pid_(pid), budget_(&budget) {}

  // Reads all or nothing. errno has the reason: EPERM, ESRCH, EFAULT, ETIME.
  bool read(uint64_t address, void* to, size_t size) const;
  std::optional<uint64_t> read_word(uint64_t address) const;

  struct Piece {
    uint64_t address;
    void* to;
    size_t size;
    bool done = false;
  };
  // Reads up to 1,024 pieces with each system call; a piece that cannot be read does not lose the others.
  void read_all(std::vector<Piece>& pieces) const;

 private:
  int pid_;
  Budget* budget_;
};

}  // namespace governor::linux_os

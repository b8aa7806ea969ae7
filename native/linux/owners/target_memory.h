// The memory of another process, read without stopping it: process_vm_readv(2).
#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace governor::linux_os {

class TargetMemory {
 public:
  explicit TargetMemory(int pid) : pid_(pid) {}

  // Whole or not at all. errno says why not: EPERM, ESRCH, EFAULT.
  bool read(uint64_t address, void* to, size_t size) const;
  std::optional<uint64_t> read_word(uint64_t address) const;

  struct Piece {
    uint64_t address;
    void* to;
    size_t size;
    bool done = false;
  };
  // As few system calls as it takes, up to 1,024 pieces each; a piece that cannot be read does not lose the others.
  void read_all(std::vector<Piece>& pieces) const;

 private:
  int pid_;
};

}  // namespace governor::linux_os

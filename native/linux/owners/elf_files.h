// The ELF files that processes have mapped, each opened and read once for all processes.
#pragma once
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "core/elf/elf.h"
#include "linux/procfs/maps.h"
#include "linux/target/target_memory.h"

namespace governor::linux_os {

// An ELF file that remembers its answers: many processes have it mapped.
class ElfFile {
 public:
  explicit ElfFile(Elf elf) : elf_(std::move(elf)) {}
  const Elf& elf() const { return elf_; }
  const NamedAddress& name(uint64_t address);
  // "name()" is the variable that the function of that name returns.
  const std::vector<Symbol>& variables_like(const std::string& name);
  // Whether it is an OpenMP runtime: its threads run functions of other modules.
  bool is_openmp();

 private:
  Elf elf_;
  std::map<uint64_t, NamedAddress> names_;
  std::map<std::string, std::vector<Symbol>> variables_;
  std::optional<bool> openmp_;
};

class ElfFiles {
 public:
  explicit ElfFiles(Budget& budget) : budget_(budget) {}

  struct Opened {
    std::shared_ptr<ElfFile> file;  // null if it cannot be opened, or is no ELF file that we can read
    bool replaced = false;          // another file is at the path
  };
  // Opens the file that a process has mapped, if it is still at its path. `directory`: the process's in /proc. `start`:
  // the address of the file's first byte, if it is mapped.
  Opened open(const std::string& directory, const TargetMemory& memory, const Mapping& mapping,
              std::optional<uint64_t> start);

 private:
  Opened open_below(const std::string& root, const TargetMemory& memory, const Mapping& mapping,
                    std::optional<uint64_t> start);

  using Identity = std::tuple<uint64_t, uint64_t, uint64_t, int64_t, uint32_t>;  // device, inode, size, time
  Budget& budget_;
  std::map<Identity, std::shared_ptr<ElfFile>> known_;
};

}  // namespace governor::linux_os

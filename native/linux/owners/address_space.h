// The files that a process has mapped, and which file each address belongs to.
#pragma once
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/platform/owners.h"
#include "linux/owners/elf_files.h"
#include "linux/procfs/maps.h"
#include "linux/target/target_process.h"

namespace governor::linux_os {

class AddressSpace {
 public:
  AddressSpace(const TargetProcess& process, ElfFiles& files);

  // An address in a module, in the file's own numbering.
  struct Place {
    int module;
    uint64_t address;
  };
  std::optional<Place> place(uint64_t address);
  // The address in the process of an address in a module.
  uint64_t in_process(Place place);
  bool executable(uint64_t address) const;
  bool in_module(uint64_t address) const { return stretch_of(address) != nullptr; }
  // The module whose code is at an address; -1: none.
  int code_of(uint64_t address) const;

  size_t module_count() const { return modules_.size(); }
  const std::string& path(int module) const { return modules_[static_cast<size_t>(module)].path; }
  // The module's file, opened at first use; nullptr if it cannot be read.
  ElfFile* file(int module);
  // Whether a module is deleted is known once its file was opened.
  std::vector<Module> modules() const;

 private:
  // A file at its first mapping; `start` is the address of its first byte.
  struct Loaded {
    std::string path;
    bool deleted;
    const Mapping* mapping;
    std::optional<uint64_t> start;
    std::optional<std::shared_ptr<ElfFile>> file;
  };
  // A stretch of addresses that belongs to one loaded file.
  struct Stretch {
    uint64_t start, end;
    uint64_t base;  // the address that the file's first byte has, or would have
    int module;
    bool executable;
  };
  const Stretch* stretch_of(uint64_t address) const;
  void find_modules();

  const TargetProcess& process_;
  ElfFiles& files_;
  std::vector<Loaded> modules_;
  std::vector<Stretch> stretches_;
};

}  // namespace governor::linux_os

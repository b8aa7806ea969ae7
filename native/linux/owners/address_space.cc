#include "linux/owners/address_space.h"

#include <algorithm>
#include <map>
#include <set>

namespace governor::linux_os {
namespace {

using FileIdentity = std::pair<uint64_t, uint64_t>;

FileIdentity identity(const Mapping& mapping) { return {mapping.device, mapping.inode}; }

}  // namespace

AddressSpace::AddressSpace(const TargetProcess& process, ElfFiles& files) : process_(process), files_(files) {
  find_modules();
}

// A file is loaded from its first byte on, so a mapping belongs to the nearest mapping of that byte below it. A
// writable one does not count: it is the data of a file so small that data and headers share a page.
void AddressSpace::find_modules() {
  std::set<FileIdentity> with_code;
  for (const auto& mapping : process_.mappings) {
    if (mapping.inode != 0 && mapping.executable) with_code.insert(identity(mapping));
  }
  std::map<FileIdentity, int> known;
  std::map<FileIdentity, uint64_t> bases;
  for (const auto& mapping : process_.mappings) {
    if (mapping.inode == 0 || !with_code.contains(identity(mapping))) continue;
    const bool first_byte = mapping.offset == 0 && !mapping.writable;
    const auto [base, new_base] = bases.try_emplace(identity(mapping), mapping.start - mapping.offset);
    if (first_byte) base->second = mapping.start;
    const auto [module, new_module] = known.try_emplace(identity(mapping), static_cast<int>(modules_.size()));
    if (new_module) modules_.push_back({mapping.path, mapping.deleted, &mapping, std::nullopt, std::nullopt});
    auto& loaded = modules_[static_cast<size_t>(module->second)];
    // The copy with code counts, not one that a tool maps to read it.
    if (mapping.executable && !loaded.start) loaded.start = base->second;
    stretches_.push_back({mapping.start, mapping.end, base->second, module->second, mapping.executable});
  }
}

const AddressSpace::Stretch* AddressSpace::stretch_of(uint64_t address) const {
  const auto above = std::upper_bound(stretches_.begin(), stretches_.end(), address,
                                      [](uint64_t value, const Stretch& one) { return value < one.start; });
  if (above == stretches_.begin()) return nullptr;
  const auto& below = *std::prev(above);
  return address < below.end ? &below : nullptr;
}

std::optional<AddressSpace::Place> AddressSpace::place(uint64_t address) {
  const auto* stretch = stretch_of(address);
  if (!stretch) return std::nullopt;
  const auto* elf = file(stretch->module);
  return Place{stretch->module, address - stretch->base + (elf ? elf->elf().first_address() : 0)};
}

uint64_t AddressSpace::in_process(Place place) {
  const auto& loaded = modules_[static_cast<size_t>(place.module)];
  const auto* elf = file(place.module);
  return place.address - (elf ? elf->elf().first_address() : 0) + loaded.start.value_or(0);
}

int AddressSpace::code_of(uint64_t address) const {
  const auto* stretch = stretch_of(address);
  return stretch && stretch->executable ? stretch->module : -1;
}

bool AddressSpace::executable(uint64_t address) const {
  const auto* mapping = mapping_of(process_.mappings, address);
  return mapping && mapping->executable;
}

ElfFile* AddressSpace::file(int module) {
  auto& loaded = modules_[static_cast<size_t>(module)];
  if (!loaded.file) {
    loaded.file.emplace();
    if (!loaded.deleted && loaded.path.starts_with('/')) {
      auto opened = files_.open(process_.directory, process_.memory, *loaded.mapping, loaded.start);
      loaded.file = std::move(opened.file);
      loaded.deleted = opened.replaced;
    }
  }
  return loaded.file->get();
}

std::vector<Module> AddressSpace::modules() const {
  std::vector<Module> found;
  for (const auto& loaded : modules_) found.push_back({loaded.path, loaded.deleted});
  return found;
}

}  // namespace governor::linux_os

#include "linux/owners/elf_files.h"

#include <errno.h>
#include <string.h>

#include "linux/owners/size_lookup.h"
#include "linux/target/target_files.h"

namespace governor::linux_os {
namespace {

constexpr size_t kMostFiles = 1024;  // open at a time: leave the caller some descriptors
constexpr size_t kCompared = 1024;   // bytes at the start of a file: its headers and usually its build ID

enum class Comparison { kSame, kOther, kUnknown };

Comparison compare_start(const TargetBytes& file, const TargetMemory& memory, std::optional<uint64_t> start) {
  char on_disk[kCompared], mapped[kCompared];
  if (!start || !memory.read(*start, mapped, kCompared)) return Comparison::kUnknown;
  const bool same = file.read(0, on_disk, kCompared) && ::memcmp(on_disk, mapped, kCompared) == 0;
  return same ? Comparison::kSame : Comparison::kOther;
}

}  // namespace

const NamedAddress& ElfFile::name(uint64_t address) {
  const auto known = names_.find(address);
  return known != names_.end() ? known->second : names_.emplace(address, elf_.name(address)).first->second;
}

const std::vector<Symbol>& ElfFile::variables_like(const std::string& name) {
  const auto known = variables_.find(name);
  if (known != variables_.end()) return known->second;
  auto& found = variables_[name];
  if (!name.ends_with("()")) return found = elf_.variables_like(name);
  if (const auto variable = size_lookup(elf_, std::string_view(name).substr(0, name.size() - 2)).variable) {
    found.push_back({.address = variable->address, .size = sizeof(int32_t), .function = false, .name = name});
  }
  return found;
}

bool ElfFile::is_openmp() {
  if (!openmp_) openmp_ = elf_.find("GOMP_parallel").has_value() || elf_.find("__kmpc_fork_call").has_value();
  return *openmp_;
}

ElfFiles::Opened ElfFiles::open(const std::string& directory, const TargetMemory& memory, const Mapping& mapping,
                                std::optional<uint64_t> start) {
  auto opened = open_below(directory + "/root", memory, mapping, start);
  if (!opened.replaced) return opened;
  // For a process in a chroot below our root, the kernel reports paths as we see them.
  auto ours = open_below("/", memory, mapping, start);
  return ours.file ? ours : opened;
}

ElfFiles::Opened ElfFiles::open_below(const std::string& root, const TargetMemory& memory, const Mapping& mapping,
                                      std::optional<uint64_t> start) {
  const auto found = TargetFile::find(root, mapping.path, Links::kRefused);
  // A link, a directory, a device or a FIFO that was put in its place.
  if (!found) return {nullptr, errno == ENOENT || errno == ELOOP || errno == ENOTDIR || errno == EINVAL};
  const auto file = std::make_shared<TargetBytes>(found->open(), budget_);
  if (!file->opened()) return {};
  const auto& status = found->status();
  // Overlay file systems and subvolumes have other numbers here than in the maps.
  if (found->device() != mapping.device || status.stx_ino != mapping.inode) {
    const auto compared = compare_start(*file, memory, start);
    if (compared != Comparison::kSame) return {nullptr, compared == Comparison::kOther};
  }
  const Identity identity{found->device(), status.stx_ino, status.stx_size, status.stx_mtime.tv_sec,
                          status.stx_mtime.tv_nsec};
  const auto known = known_.find(identity);
  if (known != known_.end()) return {known->second};
  if (known_.size() >= kMostFiles) {
    budget_.exhaust("files");
    return {};
  }
  auto elf = Elf::open([file](uint64_t offset, void* to, size_t size) { return file->read(offset, to, size); });
  auto& opened = known_[identity];
  if (elf) opened = std::make_shared<ElfFile>(std::move(*elf));
  return {opened};
}

}  // namespace governor::linux_os

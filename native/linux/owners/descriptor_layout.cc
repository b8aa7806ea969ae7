#include "linux/owners/descriptor_layout.h"

#include <algorithm>
#include <array>
#include <cstring>

namespace governor::linux_os {
namespace {

constexpr uint64_t kLargestDescriptor = 16384;

// A field as libc describes it to libthread_db: bits of one element, their number, bytes from the start.
std::optional<uint32_t> offset_of(const Elf& elf, const std::string& field, uint32_t bits) {
  const auto symbol = elf.find("_thread_db_pthread_" + field);
  std::array<uint32_t, 3> field_of;
  if (!symbol || !elf.read_address(symbol->address, field_of.data(), sizeof field_of)) return std::nullopt;
  if (field_of[0] != bits || field_of[2] >= kLargestDescriptor) return std::nullopt;
  return field_of[2];
}

std::optional<DescriptorLayout> layout_in(const ElfFile* file) {
  if (!file) return std::nullopt;
  const auto tid = offset_of(file->elf(), "tid", 32);
  const auto routine = tid ? offset_of(file->elf(), "start_routine", 64) : std::nullopt;
  if (!routine || *routine < *tid + kHeadBehindTid) return std::nullopt;
  return DescriptorLayout{*tid, *routine};
}

constexpr uint64_t kUsualTid = 0x2d0;  // in every 64-bit glibc since 2.4; only the descriptor's start depends on it
constexpr size_t kGuessed = 0x600;     // bytes searched after the head; the descriptor is longer
constexpr size_t kThreadsAsked = 256;

}  // namespace

bool is_c_library(const std::string& path) {
  const auto slash = path.rfind('/');
  const auto name = std::string_view(path).substr(slash == std::string::npos ? 0 : slash + 1);
  for (const std::string_view start : {"libc.so", "libc-2.", "libc.musl", "libpthread.so", "libpthread-2.", "ld-"}) {
    if (name.starts_with(start)) return true;
  }
  return false;
}

std::optional<DescriptorLayout> described_layout(const TargetProcess& process, AddressSpace& space) {
  const int count = static_cast<int>(space.module_count());
  for (int module = 0; module < count; module++) {
    if (!is_c_library(space.path(module))) continue;
    if (const auto layout = layout_in(space.file(module))) return layout;
  }
  const int program = space.code_of(process.entry);
  return program >= 0 ? layout_in(space.file(program)) : std::nullopt;
}

std::optional<DescriptorLayout> guessed_layout(const TargetProcess& process, const AddressSpace& space,
                                               const std::vector<uint64_t>& heads) {
  constexpr size_t kWords = kGuessed / sizeof(uint64_t);
  const size_t count = std::min(heads.size(), kThreadsAsked);
  std::vector<std::array<uint64_t, kWords>> words(count);
  std::vector<TargetMemory::Piece> pieces;
  for (size_t i = 0; i < count; i++) {
    const auto* mapping = mapping_of(process.mappings, heads[i]);
    const uint64_t size = mapping ? std::min<uint64_t>(kGuessed, mapping->end - heads[i]) : 0;
    pieces.push_back({heads[i], words[i].data(), static_cast<size_t>(size)});
  }
  process.memory.read_all(pieces);
  std::array<size_t, kWords> votes{};
  for (size_t i = 0; i < count; i++) {
    for (size_t word = 0; pieces[i].done && word < pieces[i].size / sizeof(uint64_t); word++) {
      if (space.code_of(words[i][word]) >= 0) votes[word]++;
    }
  }
  const auto most = std::max_element(votes.begin(), votes.end());
  if (*most == 0) return std::nullopt;
  const auto distance = static_cast<uint64_t>(most - votes.begin()) * sizeof(uint64_t);
  return DescriptorLayout{kUsualTid, kUsualTid + kHeadBehindTid + distance};
}

}  // namespace governor::linux_os

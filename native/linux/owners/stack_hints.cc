#include "linux/owners/stack_hints.h"

#include <algorithm>
#include <array>
#include <unordered_map>

#include "linux/owners/descriptor_layout.h"

namespace governor::linux_os {
namespace {

constexpr size_t kSearched = 8192;  // bytes below a descriptor: the oldest frames
constexpr size_t kBatch = 256;      // stacks held at a time
constexpr size_t kLongestCall = 7;
using Before = std::array<uint8_t, kLongestCall>;  // the bytes before a return address

// The forms of an indirect call by its second byte, ModRM: its length from the opcode on, without a prefix.
size_t call_length(uint8_t modrm) {
  if ((modrm >> 3 & 7) != 2) return 0;
  const unsigned mode = modrm >> 6, register_number = modrm & 7;
  const size_t scaled = register_number == 4 && mode != 3 ? 1 : 0;
  if (mode == 0) return register_number == 5 ? 6 : 2 + scaled;
  return mode == 1 ? 3 + scaled : mode == 2 ? 6 + scaled : 2;
}

bool ends_in_x86_call(const Before& bytes) {
  if (bytes[kLongestCall - 5] == 0xe8) return true;
  for (size_t at = 0; at + 2 <= kLongestCall; at++) {
    if (bytes[at] == 0xff && call_length(bytes[at + 1]) == kLongestCall - at) return true;
  }
  return false;
}

bool ends_in_arm_call(const Before& bytes) {
  uint32_t word = 0;
  for (size_t i = 0; i < 4; i++) word |= uint32_t{bytes[kLongestCall - 4 + i]} << (8 * i);
  return (word & 0xfc000000) == 0x94000000 || (word & 0xfffffc1f) == 0xd63f0000;  // bl, blr
}

class Callers {
 public:
  Callers(const TargetProcess& process, const AddressSpace& space, int own)
      : process_(process), space_(space), passed_over_(space.module_count()) {
    for (size_t i = 0; i < passed_over_.size(); i++) passed_over_[i] = is_c_library(space.path(static_cast<int>(i)));
    if (own >= 0) passed_over_[static_cast<size_t>(own)] = true;
  }

  int of(const uint64_t* stack, size_t words) {
    for (size_t i = words; i-- > 0;) {
      const int module = space_.code_of(stack[i]);
      if (module >= 0 && !passed_over_[static_cast<size_t>(module)] && is_return_address(stack[i])) return module;
    }
    return -1;
  }

 private:
  bool is_return_address(uint64_t address) {
    const auto [known, added] = known_.try_emplace(address, false);
    if (!added) return known->second;
    Before bytes;
    if (!process_.memory.read(address - kLongestCall, bytes.data(), bytes.size())) return false;
    known->second = process_.machine == Machine::kX86_64 ? ends_in_x86_call(bytes) : ends_in_arm_call(bytes);
    return known->second;
  }

  const TargetProcess& process_;
  const AddressSpace& space_;
  std::vector<bool> passed_over_;
  std::unordered_map<uint64_t, bool> known_;
};

}  // namespace

std::vector<int> callers(const TargetProcess& process, const AddressSpace& space, int own,
                         const std::vector<uint64_t>& descriptors) {
  Callers search(process, space, own);
  std::vector<int> found;
  found.reserve(descriptors.size());
  for (size_t first = 0; first < descriptors.size(); first += kBatch) {
    const size_t count = std::min(kBatch, descriptors.size() - first);
    std::vector<std::array<uint64_t, kSearched / sizeof(uint64_t)>> stacks(count);
    std::vector<TargetMemory::Piece> pieces;
    for (size_t i = 0; i < count; i++) {
      const uint64_t top = descriptors[first + i] & ~uint64_t{7};
      const auto* mapping = mapping_of(process.mappings, top - 1);
      const uint64_t size = mapping ? std::min<uint64_t>(kSearched, top - mapping->start) : 0;
      pieces.push_back({top - size, stacks[i].data(), static_cast<size_t>(size)});
    }
    process.memory.read_all(pieces);
    for (size_t i = 0; i < count; i++) {
      found.push_back(pieces[i].done ? search.of(stacks[i].data(), pieces[i].size / sizeof(uint64_t)) : -1);
    }
  }
  return found;
}

}  // namespace governor::linux_os

#include "linux/owners/returned_variable.h"

#include <string.h>

namespace governor::linux_os {
namespace {

constexpr size_t kLooked = 64;  // bytes to decode of a function that only returns a number
constexpr uint8_t kReturn = 0xc3;

uint64_t behind(uint64_t address, size_t end, const uint8_t* displacement) {
  int32_t distance;
  ::memcpy(&distance, displacement, sizeof distance);
  return address + end + static_cast<uint64_t>(static_cast<int64_t>(distance));
}

}  // namespace

// It looks for (Intel's manual, volume 2) "lea r64, [rip + d]" (REX.W 8d /r), the address of a structure whose first
// member is the number; or "mov r32, [rip + d]" (8b /r without REX.W), the number itself.
std::optional<uint64_t> returned_variable(const Elf& elf, std::string_view function) {
  const auto symbol = elf.find(function);
  uint8_t code[kLooked] = {};
  if (!symbol || !symbol->function || !elf.read_address(symbol->address, code, sizeof code)) return std::nullopt;
  for (size_t at = 0; at + 7 <= sizeof code; at++) {
    if (code[at] == kReturn) break;
    const bool wide = (code[at] & 0xf8) == 0x48;  // REX.W
    const auto relative = [](uint8_t modrm) { return (modrm & 0xc7) == 0x05; };
    if (wide && code[at + 1] == 0x8d && relative(code[at + 2])) {
      const uint64_t address = behind(symbol->address, at + 7, code + at + 3);
      return elf.loaded(address, 2) ? std::optional(address) : std::nullopt;
    }
    const bool prefixed = at > 0 && (code[at - 1] & 0xf0) == 0x40;
    if (!prefixed && code[at] == 0x8b && relative(code[at + 1])) {
      const uint64_t address = behind(symbol->address, at + 6, code + at + 2);
      return elf.loaded(address, 2) ? std::optional(address) : std::nullopt;
    }
  }
  return std::nullopt;
}

}  // namespace governor::linux_os

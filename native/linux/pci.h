#pragma once
#include <cstdint>
#include <optional>
#include <string_view>

namespace governor::linux_os {

// "0x10de" (blanks aside) as a number of at most 32 bits.
std::optional<uint32_t> hexadecimal(std::string_view text);
// "0000:3b:00.0": domain (4 digits or more), bus, device and function.
bool is_pci_address(std::string_view name);

}  // namespace governor::linux_os

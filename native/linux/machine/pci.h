#pragma once
#include <string_view>

namespace governor::linux_os {

// "0000:3b:00.0": domain (4 digits or more), bus, device and function.
bool is_pci_address(std::string_view name);

}  // namespace governor::linux_os

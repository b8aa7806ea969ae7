#pragma once
#include <string_view>
#include <vector>

#include "core/platform.h"

namespace governor::linux_os {

// The text of /proc/interrupts: for each CPU that its first line names the sum of its column over the numbered
// interrupts, those of devices. What the kernel counts under a name (LOC, RES, TLB …) follows the load, not the
// devices. Empty where the first line is not as the kernel writes it.
std::vector<InterruptCount> parse_interrupts(std::string_view text);

}  // namespace governor::linux_os

#pragma once
#include <string_view>
#include <vector>

#include "core/platform/machine.h"

namespace governor::linux_os {

// Parses /proc/interrupts: for each CPU in its first line, the sum of its column over the numbered interrupts, which
// are the devices'. The named ones (LOC, RES, TLB …) follow the load. Empty if the first line is damaged.
std::vector<InterruptCount> parse_interrupts(std::string_view text);

}  // namespace governor::linux_os

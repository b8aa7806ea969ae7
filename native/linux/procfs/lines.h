// Tables of lines "name value": /proc/PID/status, cpu.stat, memory.stat.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace governor::linux_os {

// The rest of the line after the first occurrence of `name`, such as "\nCpus_allowed:".
std::optional<std::string_view> line_behind(const std::optional<std::string>& text, std::string_view name);
// The number N of a line "name N"; nullopt if there is none, or N is below 0.
std::optional<int64_t> statistic(const std::optional<std::string>& text, std::string_view name);

}  // namespace governor::linux_os

// Tables of lines "name value", as /proc/PID/status, cpu.stat and memory.stat are.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace governor::linux_os {

// What stands behind the first occurrence of `name` on its line: "\nCpus_allowed:".
std::optional<std::string_view> line_behind(const std::optional<std::string>& text, std::string_view name);
// The number N of a line "name N"; nullopt where it is not there or below 0.
std::optional<int64_t> statistic(const std::optional<std::string>& text, std::string_view name);

}  // namespace governor::linux_os

// Not "stat.h": the kernel has a header <linux/stat.h>, and our include path would hide it.
#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "linux/procfs/files.h"

namespace governor::linux_os {

// A stat line of a process or thread; its fields by their number in proc_pid_stat(5), from 4 (ppid) on.
struct Stat {
  int64_t id;
  std::string comm;
  char state;
  std::array<int64_t, 53> field{};
};

// "1234 (a name) with ) in it) S 1 …": the name ends at the last bracket.
std::optional<Stat> parse_stat(std::string_view text);
// ID/stat of a directory of processes (/proc) or threads (/proc/PID/task); nullopt if it has ended.
std::optional<Stat> read_stat(const Directory& directory, int id);

}  // namespace governor::linux_os

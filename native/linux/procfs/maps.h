// /proc/PID/maps: proc_pid_maps(5).
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace governor::linux_os {

struct Mapping {
  uint64_t start, end;
  bool readable, writable, executable, shared;
  uint64_t offset;   // in the file
  uint64_t device;   // major << 32 | minor
  uint64_t inode;    // 0: no file
  std::string path;  // plain (a line feed is one, not \012); "[stack]" and the like as they stand; empty: anonymous
  bool deleted;
};

// In the order of their addresses, which do not overlap; lines that are no mapping, or that were cut, are left out.
std::vector<Mapping> parse_maps(std::string_view text);
// The mapping that an address lies in; nullptr: none.
const Mapping* mapping_of(const std::vector<Mapping>& mappings, uint64_t address);

}  // namespace governor::linux_os

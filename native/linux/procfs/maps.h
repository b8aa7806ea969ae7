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
  std::string path;  // unescaped; also "[stack]" and the like; empty: anonymous
  bool deleted;
};

// In ascending order, without overlap; skips lines that are damaged or cut.
std::vector<Mapping> parse_maps(std::string_view text);
// The mapping of an address; nullptr: none.
const Mapping* mapping_of(const std::vector<Mapping>& mappings, uint64_t address);

}  // namespace governor::linux_os

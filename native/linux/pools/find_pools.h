#pragma once
#include <vector>

#include "core/platform/pools.h"
#include "linux/owners/elf_files.h"
#include "linux/target/target_process.h"

namespace governor::linux_os {

constexpr int64_t kLargestPool = 4096;  // threads; another number is no size of a pool

// The pools of a process that has these threads.
std::vector<LivePool> find_pools(const TargetProcess& process, ElfFiles& files, const std::vector<int>& tids);

// Whether its memory is its parent's.
bool shares_memory(int pid);

}  // namespace governor::linux_os

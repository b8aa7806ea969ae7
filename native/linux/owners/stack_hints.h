// For whom a thread of a pool works, as far as the oldest part of its stack tells.
#pragma once
#include <cstdint>
#include <vector>

#include "linux/owners/address_space.h"
#include "linux/owners/target_process.h"

namespace governor::linux_os {

// The module, other than `own` and the C library, that the oldest return address lies in, below each of these
// descriptors; -1: none does. Old words of a stack stay where they were, so that it is a hint alone.
std::vector<int> callers(const TargetProcess& process, const AddressSpace& space, int own,
                         const std::vector<uint64_t>& descriptors);

}  // namespace governor::linux_os

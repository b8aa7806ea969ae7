// Guesses for which module a pool's thread works from the oldest part of its stack.
#pragma once
#include <cstdint>
#include <vector>

#include "linux/owners/address_space.h"
#include "linux/target/target_process.h"

namespace governor::linux_os {

// For each descriptor, the module (other than `own` and the C library) of the oldest return address on the stack below
// it; -1: none. Only a hint: words of returned calls stay on a stack.
std::vector<int> callers(const TargetProcess& process, const AddressSpace& space, int own,
                         const std::vector<uint64_t>& descriptors);

}  // namespace governor::linux_os

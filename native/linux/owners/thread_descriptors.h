// What threads were started with, read from their descriptors.
#pragma once
#include <vector>

#include "linux/owners/address_space.h"
#include "linux/target/target_process.h"

namespace governor::linux_os {

struct Beginning {
  enum class State { kFound, kNone, kGone, kDenied, kUnclear };  // of the descriptor
  int tid;
  State state = State::kNone;
  uint64_t descriptor = 0;
  uint64_t routine = 0, argument = 0;
};

// For glibc: the kernel knows the address of each thread's list of robust mutexes, which is in its descriptor.
std::vector<Beginning> glibc_beginnings(const TargetProcess& process, AddressSpace& space,
                                        const std::vector<int>& tids);
bool has_mutex_list(int tid);  // also false if we may not ask
// For musl, if no thread has such a list: its descriptors form a ring.
void add_musl_beginnings(const TargetProcess& process, const AddressSpace& space, std::vector<Beginning>& threads);

}  // namespace governor::linux_os

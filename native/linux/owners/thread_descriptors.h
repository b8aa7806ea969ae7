// What threads were started with: it stands in their descriptor.
#pragma once
#include <vector>

#include "linux/owners/address_space.h"
#include "linux/owners/target_process.h"

namespace governor::linux_os {

struct Beginning {
  enum class State { kFound, kNone, kGone, kDenied, kUnclear };  // of its descriptor
  int tid;
  State state = State::kNone;
  uint64_t descriptor = 0;
  uint64_t routine = 0, argument = 0;
};

// Of glibc: the kernel knows the place of each thread's list of robust mutexes, which is in its descriptor.
std::vector<Beginning> glibc_beginnings(const TargetProcess& process, AddressSpace& space,
                                        const std::vector<int>& tids);
bool has_mutex_list(int tid);  // also false where we may not ask
// Of musl, for those without one: its descriptors are a ring.
void add_musl_beginnings(const TargetProcess& process, const AddressSpace& space, std::vector<Beginning>& threads);

}  // namespace governor::linux_os

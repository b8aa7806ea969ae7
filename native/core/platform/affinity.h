// Where threads may run, and where the memory they touch is allocated.
#pragma once
#include "core/cpuset.h"
#include "core/error.h"

namespace governor {

// Of a thread: the kernel's MPOL_ number with its flags, and the NUMA nodes it names.
struct MemoryPolicy {
  int mode;
  Cpuset nodes;
};

int thread_id();
Cpuset affinity(int tid);                        // tid 0: the calling thread
void set_affinity(int tid, const Cpuset& cpus);  // the kernel may narrow the set: read it back

// Of the calling thread; everything it starts afterwards inherits the policy.
MemoryPolicy memory_policy();
void set_memory_policy(int mode, const Cpuset& nodes);

}  // namespace governor

#pragma once
#include "core/cpuset.h"

namespace governor::linux_os {

// Asks the kernel, which may narrow the set. Returns 0 or an errno; allocates nothing. tid 0: the calling thread.
int apply_affinity(int tid, const Cpuset& cpus);

}  // namespace governor::linux_os

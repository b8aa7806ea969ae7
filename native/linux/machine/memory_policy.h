#pragma once
#include "core/platform/affinity.h"

namespace governor::linux_os {

// Sets the calling thread's policy. Returns 0 or an errno; allocates nothing.
int apply_memory_policy(int mode, const Cpuset& nodes);

}  // namespace governor::linux_os

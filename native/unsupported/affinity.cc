#include "core/platform/affinity.h"
#include "unsupported/unsupported.h"

namespace governor {

MemoryPolicy memory_policy() { unsupported("memory_policy"); }
void set_memory_policy(int, const Cpuset&) { unsupported("set_memory_policy"); }
int thread_id() { unsupported("thread_id"); }
Cpuset affinity(int) { unsupported("affinity"); }
void set_affinity(int, const Cpuset&) { unsupported("set_affinity"); }

}  // namespace governor

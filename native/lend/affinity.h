// The CPUs on which the threads of a process run.
#pragma once

#include "lend/permit.h"

#ifdef __cplusplus
extern "C" {
#endif

// Moves all threads of a process whose affinity is `from` to the CPUs `to`. Others were pinned by somebody else.
void move_threads(int pid, const struct CpuMask* from, const struct CpuMask* to);

void affinity_of_this_thread(struct CpuMask* cpus);

#ifdef __cplusplus
}
#endif

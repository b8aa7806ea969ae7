// Whether the owner of a CPU needs it just now.
#pragma once

#include "lend/page.h"

#ifdef __cplusplus
extern "C" {
#endif

// Looks anew if the last look, by whoever it was, is old enough.
bool lend_owner_is_idle(struct LendPage* page, struct LendCell* cell, uint64_t now);

// The CPU time that a process has used, in ns; false if it has ended.
bool lend_cpu_time(int32_t pid, uint64_t* used);

#ifdef __cplusplus
}
#endif

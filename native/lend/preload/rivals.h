// Whether other threads of this process compute, besides the calling one and its teams.
#pragma once

#include <stdbool.h>
#include <stdint.h>

// Judged over 20 ms and more of the calling thread; true until then. `team`: threads that its pools had since the last
// call. To be called by one thread at a time.
bool has_rivals(uint64_t now, int team);

// The thread pools of this process, resized by the functions that their libraries have for it.
#pragma once

#include <stdbool.h>

// Gives pools so many threads, from the calling thread's next piece of work on: all of them, or only those that each
// thread has for itself. `base` is what the environment gives them at first. A pool that the program itself has resized
// since stays as it is.
void resize_pools(int base, int threads, bool all);

// Whether a library runs teams whose threads are missing after fork(2), as libgomp does.
bool has_teams_that_fork_breaks(void);

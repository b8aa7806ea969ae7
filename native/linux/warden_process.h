#pragma once
#include <stddef.h>
#include <stdint.h>

#include "linux/start.h"

namespace governor::linux_os {

constexpr int kStdio = 3;

// What the launch and its warden say to each other.
struct WardenMessage {
  int32_t kind, rank, value, more;
};

struct WardenRank {
  const PreparedStart* start;
  int pid;  // 0: not running
};

// Room that the queue of events needs.
size_t most_queued(size_t ranks);

// What the child of the fork does until it ends. keep: descriptors to hold open.
[[noreturn]] void run_warden(WardenRank* ranks, int count, int control, WardenMessage* queue, const int* keep, int kept);

}  // namespace governor::linux_os

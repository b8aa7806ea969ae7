#pragma once
#include <stddef.h>
#include <stdint.h>

#include "linux/launch/guardian.h"
#include "linux/launch/start.h"

namespace governor::linux_os {

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

// What the warden does until it ends.
[[noreturn]] void run_warden(const Origin& origin, WardenRank* ranks, int count, int control, WardenMessage* queue);
// What its keeper does until it ends.
[[noreturn]] void keep_warden(int warden);

}  // namespace governor::linux_os

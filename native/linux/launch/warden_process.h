#pragma once
#include <stddef.h>
#include <stdint.h>

#include "linux/launch/detach.h"
#include "linux/launch/start.h"

namespace governor::linux_os {

// A command to the warden, or an event from it.
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

}  // namespace governor::linux_os

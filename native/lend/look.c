#include "lend/look.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum {
  kLookAfter = 2000000,  // an owner is looked at no more often than this
  kLookPerCpu = 100000,  // with many CPUs less often: looking may cost 1/100 of the machine's time
  kShort = 10000000,     // who worked all of such a time works now
  kLong = 20000000,      // a thread that wants to run gets its turn within this time
  kPart = 16,            // less than this part of a time is nothing, and all but this part of it is everything
  kMoment = 10000,
};

// clock_getcpuclockid(3): the number of the clock is the process's.
bool lend_cpu_time(int32_t pid, uint64_t* used) {
  struct timespec time;
  const clockid_t clock = (clockid_t)((~(unsigned)pid) << 3 | 2);
  if (clock_gettime(clock, &time) != 0) return false;
  *used = lend_ns(&time);
  return true;
}

// proc(5): the state follows the name, which ends with the last parenthesis.
static bool main_thread_sleeps(int32_t pid) {
  char path[32], text[256];
  snprintf(path, sizeof path, "/proc/%d/stat", pid);
  const int file = open(path, O_RDONLY | O_CLOEXEC);
  if (file < 0) return false;
  const ssize_t size = read(file, text, sizeof text - 1);
  close(file);
  if (size <= 0) return false;
  text[size] = 0;
  const char* name_end = strrchr(text, ')');
  return name_end && name_end[1] == ' ' && name_end[2] != 'R';
}

static bool is_asleep(int32_t pid) {
  uint64_t before = 0, after = 0;
  if (!main_thread_sleeps(pid) || !lend_cpu_time(pid, &before)) return false;
  const uint64_t from = lend_now();
  while (lend_now() < from + kMoment) {
  }
  return lend_cpu_time(pid, &after) && after - before < kMoment / kPart;
}

bool lend_owner_is_idle(struct LendPage* page, struct LendCell* cell, uint64_t now) {
  if (LEND_GET(cell->others)) return false;
  const int32_t owner = LEND_GET(cell->owner);
  if (owner == 0) return true;  // it has ended
  const uint64_t before = LEND_GET(cell->looked_at), pause = kLookAfter + page->cpus * (uint64_t)kLookPerCpu;
  if (now < before + pause) return LEND_GET(cell->idle);
  uint64_t used = 0;
  if (!lend_cpu_time(owner, &used)) {
    lend_swap(&cell->owner, owner, 0);
    return true;
  }
  const uint64_t more = used - LEND_GET(cell->used), time = now - before;
  const bool quiet = before != 0 && more < time / kPart;
  if (!quiet) LEND_SET(cell->quiet_since, now);
  const bool works = more > time - time / kPart && time < kShort;
  const bool rests = quiet && now - LEND_GET(cell->quiet_since) > kLong;
  const bool idle = rests || (!works && is_asleep(owner));
  LEND_SET(cell->used, used);
  LEND_SET(cell->looked_at, now);
  LEND_SET(cell->idle, idle);
  return idle;
}

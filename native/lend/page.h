// The page that processes lend CPUs through: a file that every process of one user maps. A cell for each CPU says whose
// it is, who has borrowed it, and whether its owner has used it lately. Every field is read and written as a whole, by
// anyone; what two write at once is at worst one wrong guess, which the next look corrects. In C, for the preloaded
// library, and in C++, for the addon.
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { kLendVersion = 1, kLendCpus = 4096 };

enum LendFlag {
  kLendPinned = 1,   // its owner is pinned to the CPUs that it owns; its threads move with what it may use
  kLendClaimed = 2,  // its keeper has claimed it: one that has not lends it only as long as no other does
};

// Times are in ns by CLOCK_MONOTONIC.
struct LendCell {        // a cache line
  int32_t keeper;        // the run or launch that lends it
  int32_t owner;         // the process whose CPU it is
  int32_t borrower;      // the process that may use it until its owner is back; 0: none
  uint32_t idle;         // 1: its owner was idle at the last look
  uint32_t others;       // 1: a program that is neither owner nor borrower uses it
  uint32_t flags;        // enum LendFlag
  uint64_t kept_at;      // when its keeper was last known to be alive; 0: it is not lent
  uint64_t looked_at;    // when its owner's CPU time was read
  uint64_t used;         // that CPU time, in ns
  uint64_t quiet_since;  // when its owner was last seen to use more than next to nothing
  uint64_t borrowed_at;  // when its borrower got it
};

struct LendPage {
  uint32_t version;
  uint32_t cpus;  // cells from here on have never been lent
  uint64_t unused[7];
  struct LendCell cells[kLendCpus];
};

enum { kLendKeptFor = 1000000000 };  // a run that has not been heard of for so long lends nothing any more

#define LEND_GET(field) __atomic_load_n(&(field), __ATOMIC_ACQUIRE)
#define LEND_SET(field, value) __atomic_store_n(&(field), (value), __ATOMIC_RELEASE)

static inline bool lend_swap(int32_t* field, int32_t from, int32_t to) {
  return __atomic_compare_exchange_n(field, &from, to, false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE);
}

static inline uint64_t lend_ns(const struct timespec* time) {
  return (uint64_t)time->tv_sec * 1000000000u + (uint64_t)time->tv_nsec;
}

static inline uint64_t lend_now(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return lend_ns(&now);
}

static inline bool lend_is_kept(struct LendCell* cell, uint64_t now) {
  const uint64_t kept = LEND_GET(cell->kept_at);
  return kept != 0 && now < kept + kLendKeptFor;
}

#ifdef __cplusplus
}
#endif

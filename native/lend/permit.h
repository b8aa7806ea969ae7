// Which CPUs a process may use now: its own, and those that it has borrowed.
#pragma once

#include "lend/page.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { kMaskWords = kLendCpus / 64 };

struct CpuMask {
  uint64_t words[kMaskWords];
};

struct Permit {
  int own;
  int borrowed;
  bool pinned;  // the process is pinned to its own CPUs
  struct CpuMask own_cpus;
  struct CpuMask cpus;  // own and borrowed ones
};

struct Permit permit_of(struct LendPage* page, int32_t pid);

// Gives CPUs back whose owners are back, borrows others whose owners are idle, and says what there is now.
// `within`: only these CPUs may be borrowed.
struct Permit renew_permit(struct LendPage* page, int32_t pid, const struct CpuMask* within);

// Ends the loan of a CPU, and moves the threads of a pinned borrower off it.
void end_loan(struct LendPage* page, struct LendCell* cell);

// Takes back what others have borrowed from the process.
void take_back(struct LendPage* page, int32_t pid);

// Gives back what the process has borrowed.
void give_back(struct LendPage* page, int32_t pid);

#ifdef __cplusplus
}
#endif

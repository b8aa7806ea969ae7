#include "lend/permit.h"

#include <string.h>

#include "lend/affinity.h"
#include "lend/look.h"

enum { kMostBorrowers = 64 };

// How many CPUs each borrower has, so that nobody takes all.
struct Borrowers {
  int32_t pid[kMostBorrowers];
  int cpus[kMostBorrowers];
  int count;
};

static int* of_borrower(struct Borrowers* borrowers, int32_t pid) {
  for (int i = 0; i < borrowers->count; i++)
    if (borrowers->pid[i] == pid) return &borrowers->cpus[i];
  if (borrowers->count == kMostBorrowers) return 0;
  borrowers->pid[borrowers->count] = pid;
  borrowers->cpus[borrowers->count] = 0;
  return &borrowers->cpus[borrowers->count++];
}

static uint32_t cells_of(const struct LendPage* page) {
  const uint32_t cpus = LEND_GET(page->cpus);
  return cpus < kLendCpus ? cpus : kLendCpus;
}

static void add_cpu(struct CpuMask* cpus, uint32_t cpu) { cpus->words[cpu / 64] |= (uint64_t)1 << (cpu % 64); }

static bool has_cpu(const struct CpuMask* cpus, uint32_t cpu) { return cpus->words[cpu / 64] >> (cpu % 64) & 1; }

// A CPU that another has borrowed is taken over if that one then still has as many as this process.
static bool borrow(struct LendCell* cell, int32_t pid, const struct Permit* permit, struct Borrowers* borrowers,
                   uint64_t now) {
  const int32_t holder = LEND_GET(cell->borrower);
  if (holder != 0) {
    int* theirs = of_borrower(borrowers, holder);
    if (!theirs || *theirs < permit->borrowed + 2) return false;
    --*theirs;
  }
  if (!lend_swap(&cell->borrower, holder, pid)) return false;
  LEND_SET(cell->borrowed_at, now);
  return true;
}

struct Permit permit_of(struct LendPage* page, int32_t pid) {
  struct Permit permit;
  const uint64_t now = lend_now();
  memset(&permit, 0, sizeof permit);
  for (uint32_t cpu = 0; cpu < cells_of(page); cpu++) {
    struct LendCell* cell = &page->cells[cpu];
    if (!lend_is_kept(cell, now)) continue;
    const bool own = LEND_GET(cell->owner) == pid, borrowed = !own && LEND_GET(cell->borrower) == pid;
    if (own) add_cpu(&permit.own_cpus, cpu);
    if (own || borrowed) add_cpu(&permit.cpus, cpu);
    permit.own += own;
    permit.pinned |= own && (LEND_GET(cell->flags) & kLendPinned);
    permit.borrowed += borrowed;
  }
  return permit;
}

void end_loan(struct LendPage* page, struct LendCell* cell) {
  const int32_t borrower = LEND_GET(cell->borrower);
  if (borrower == 0) return;
  const struct Permit before = permit_of(page, borrower);
  if (!lend_swap(&cell->borrower, borrower, 0) || !before.pinned) return;
  const struct Permit left = permit_of(page, borrower);
  if (left.pinned) move_threads(borrower, &before.cpus, &left.cpus);
}

void take_back(struct LendPage* page, int32_t pid) {
  for (uint32_t cpu = 0; cpu < cells_of(page); cpu++) {
    struct LendCell* cell = &page->cells[cpu];
    if (LEND_GET(cell->owner) == pid) end_loan(page, cell);
  }
}

struct Permit renew_permit(struct LendPage* page, int32_t pid, const struct CpuMask* within) {
  struct Borrowers borrowers = {.count = 0};
  const uint64_t now = lend_now();
  const uint32_t cells = cells_of(page);
  for (uint32_t cpu = 0; cpu < cells; cpu++) {
    struct LendCell* cell = &page->cells[cpu];
    const int32_t borrower = LEND_GET(cell->borrower);
    if (borrower == pid && !lend_owner_is_idle(page, cell, now)) lend_swap(&cell->borrower, pid, 0);
    int* theirs = borrower != 0 && borrower != pid ? of_borrower(&borrowers, borrower) : 0;
    if (theirs) ++*theirs;
  }
  struct Permit permit = permit_of(page, pid);
  for (uint32_t cpu = 0; cpu < cells; cpu++) {
    struct LendCell* cell = &page->cells[cpu];
    if (!lend_is_kept(cell, now) || has_cpu(&permit.cpus, cpu) || !has_cpu(within, cpu)) continue;
    if (!lend_owner_is_idle(page, cell, now) || !borrow(cell, pid, &permit, &borrowers, now)) continue;
    permit.borrowed++;
    add_cpu(&permit.cpus, cpu);
  }
  return permit;
}

void give_back(struct LendPage* page, int32_t pid) {
  for (uint32_t cpu = 0; cpu < cells_of(page); cpu++) {
    struct LendCell* cell = &page->cells[cpu];
    if (LEND_GET(cell->borrower) == pid) end_loan(page, cell);
  }
}

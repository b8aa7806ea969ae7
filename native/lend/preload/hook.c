// A library that `--lend` loads into programs. Where a thread of Python lets the interpreter's lock go, it is about to
// compute or to wait and is inside no other library: there its pools get as many threads as CPUs are free, as
// threadpoolctl would do. Programs without Python are left alone.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "lend/affinity.h"
#include "lend/page.h"
#include "lend/permit.h"
#include "lend/preload/pools.h"
#include "lend/preload/rivals.h"
#include "lend/preload/symbols.h"

// The oldest versions of what newer C libraries have anew: docs/decisions/glibc-floor.md. fstat is a system call for
// the same reason.
#if defined(__GLIBC__) && defined(__x86_64__)
__asm__(".symver dlsym, dlsym@GLIBC_2.2.5");
#elif defined(__GLIBC__) && defined(__aarch64__)
__asm__(".symver dlsym, dlsym@GLIBC_2.17");
#endif

enum { kLookEvery = 1000000, kHolderFor = 100000000, kMostBase = 4096 };

static int (*real_signal)(pthread_cond_t*);
static struct LendPage* page;
static struct CodeRange python;
static int32_t process;
static int base = 1;  // threads that the environment gives

static bool looking;  // by one thread at a time
static uint64_t next_look;
static uint64_t held_until;  // the thread that may run teams has asked within the last 0.1 s
static pthread_t holder;
static int team = 1;      // its threads
static bool has_grown;    // pools had more threads than the environment gives
static bool is_copy;      // of a process whose pools had grown
static bool stays_small;  // its teams would wait for threads that fork(2) has not copied

static bool is_within(const struct CpuMask* part, const struct CpuMask* whole) {
  for (int i = 0; i < kMaskWords; i++)
    if (part->words[i] & ~whole->words[i]) return false;
  return true;
}

static bool is_same(const struct CpuMask* one, const struct CpuMask* other) {
  return memcmp(one, other, sizeof *one) == 0;
}

// A pinned process may borrow any CPU, because its threads move there; another one what it may use already. Nothing if
// the program has pinned itself elsewhere.
static int cpus_for_teams(void) {
  struct CpuMask affinity, within;
  const struct Permit before = permit_of(page, process);
  affinity_of_this_thread(&affinity);
  if (before.pinned && !is_within(&before.own_cpus, &affinity)) {
    give_back(page, process);
    return base;
  }
  if (before.pinned) memset(&within, 0xff, sizeof within);
  const struct Permit permit = renew_permit(page, process, before.pinned ? &within : &affinity);
  if (permit.pinned && !is_same(&permit.cpus, &affinity)) move_threads(process, &affinity, &permit.cpus);
  const int cpus = permit.own + permit.borrowed;
  return cpus > base ? cpus : base;
}

static void resize_to(int threads, bool all) {
  has_grown |= threads > base;
  if (has_grown) resize_pools(base, threads, all);
}

// One thread of the process at a time has the borrowed CPUs.
static bool becomes_holder(uint64_t now) {
  const pthread_t self = pthread_self();
  if (now < held_until && !pthread_equal(holder, self)) return false;
  holder = self;
  held_until = now + kHolderFor;
  return true;
}

static void look(uint64_t now) {
  if (is_copy) stays_small = has_teams_that_fork_breaks();
  is_copy = false;
  take_back(page, process);
  if (stays_small) return resize_to(base, true);
  if (!becomes_holder(now)) return resize_to(base, false);
  const bool rivals = has_rivals(now, team);
  if (rivals) give_back(page, process);
  team = rivals ? base : cpus_for_teams();
  resize_to(team, true);
}

static void let_go(void) {
  const uint64_t now = lend_now();
  if (now < next_look || __atomic_test_and_set(&looking, __ATOMIC_ACQUIRE)) return;
  next_look = now + kLookEvery;
  look(now);
  __atomic_clear(&looking, __ATOMIC_RELEASE);
}

__attribute__((visibility("default"))) int pthread_cond_signal(pthread_cond_t* condition) {
  const uintptr_t caller = (uintptr_t)__builtin_return_address(0);
  if (page && caller >= python.from && caller < python.to) let_go();
  if (!real_signal) real_signal = (int (*)(pthread_cond_t*))dlsym(RTLD_NEXT, "pthread_cond_signal");
  return real_signal(condition);
}

static struct LendPage* map_page(const char* path) {
  struct stat status;
  const int file = open(path, O_RDWR | O_NOFOLLOW | O_CLOEXEC);
  if (file < 0) return 0;
  const bool fits = syscall(SYS_fstat, file, &status) == 0 && S_ISREG(status.st_mode) && status.st_uid == geteuid() &&
                    status.st_size == sizeof(struct LendPage);
  struct LendPage* mapped = fits ? mmap(0, sizeof *mapped, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0) : MAP_FAILED;
  close(file);
  if (mapped == MAP_FAILED) return 0;
  if (mapped->version == kLendVersion) return mapped;
  munmap(mapped, sizeof *mapped);
  return 0;
}

static int base_of(const char* text) {
  const long number = text ? strtol(text, 0, 10) : 0;
  return number >= 1 && number <= kMostBase ? (int)number : 1;
}

// A child has one thread, and has borrowed nothing.
static void in_child(void) {
  const struct Permit parents = permit_of(page, process);
  if (parents.pinned && parents.borrowed > 0) move_threads(getpid(), &parents.cpus, &parents.own_cpus);
  process = getpid();
  next_look = held_until = 0;
  looking = false;
  is_copy = has_grown;
}

static void at_exit(void) { give_back(page, process); }

__attribute__((constructor)) static void begin(void) {
  const char* path = getenv("GOVERNOR_LEND");
  python = range_of("PyEval_SaveThread");
  if (!path || python.to == 0) return;
  process = getpid();
  base = base_of(getenv("OMP_NUM_THREADS"));
  struct LendPage* mapped = map_page(path);
  if (!mapped) return;
  pthread_atfork(0, 0, in_child);
  atexit(at_exit);
  page = mapped;
}

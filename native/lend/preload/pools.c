#include "lend/preload/pools.h"

#include <stdint.h>
#include <string.h>

#include "lend/preload/symbols.h"

enum { kMostPools = 16, kMostRuntimes = 4 };

// How the size is read and set. OpenBLAS's names depend on how it was built; OpenMP's are about the teams of the thread
// that calls them.
struct Library {
  const char* names[2];
  bool of_thread;
};
static const struct Library kLibraries[] = {
    {{"openblas_get_num_threads", "openblas_set_num_threads"}, false},
    {{"openblas_get_num_threads64_", "openblas_set_num_threads64_"}, false},
    {{"scipy_openblas_get_num_threads", "scipy_openblas_set_num_threads"}, false},
    {{"scipy_openblas_get_num_threads64_", "scipy_openblas_set_num_threads64_"}, false},
    {{"omp_get_max_threads", "omp_set_num_threads"}, true},
    {{"bli_thread_get_num_threads", "bli_thread_set_num_threads"}, false},
};

struct Pool {
  int (*get)(void);
  void (*set)(int);
  bool of_thread;
  int given;  // what it was given last; 0: nothing yet
};
static struct Pool pools[kMostPools];
static int count;
static uint64_t libraries;
static bool only_blas;

// What OpenMP runtimes were given on this thread.
struct GivenHere {
  void (*set)(int);
  int given;
};
static __thread struct GivenHere given_here[kMostRuntimes];

static void add(const struct FoundSymbols* found, void* data) {
  const struct Library* library = data;
  if (found->address[1] == 0 || count == kMostPools) return;
  pools[count++] =
      (struct Pool){(int (*)(void))found->address[0], (void (*)(int))found->address[1], library->of_thread, 0};
}

static void note(const struct FoundSymbols* found, void* data) {
  (void)found;
  *(bool*)data = true;
}

static bool is_loaded(const char* symbol) {
  bool found = false;
  find_symbols(&symbol, 1, note, &found);
  return found;
}

// A torch that takes its BLAS from elsewhere starts teams of OpenMP around, and between, what it gives that one's
// threads: two teams on the same CPUs.
static bool has_two_teams(void) {
  for (int i = 0; i < count; i++)
    if (!pools[i].of_thread) return has_and_imports("_ZN2at15get_num_threadsEv", "sgemm_");
  return false;
}

static void find_pools(void) {
  const uint64_t loaded = loaded_libraries();
  if (loaded == libraries) return;
  libraries = loaded;
  struct Pool before[kMostPools];
  const int before_count = count;
  memcpy(before, pools, sizeof pools);
  count = 0;
  for (unsigned i = 0; i < sizeof kLibraries / sizeof *kLibraries; i++)
    find_symbols(kLibraries[i].names, 2, add, (void*)&kLibraries[i]);
  only_blas = has_two_teams();
  for (int i = 0; i < count; i++) {
    for (int k = 0; k < before_count; k++)
      if (before[k].set == pools[i].set) pools[i].given = before[k].given;
  }
}

static int* given_to(struct Pool* pool) {
  if (!pool->of_thread) return &pool->given;
  for (int i = 0; i < kMostRuntimes; i++) {
    if (given_here[i].set == 0) given_here[i].set = pool->set;
    if (given_here[i].set == pool->set) return &given_here[i].given;
  }
  return 0;
}

static void resize(struct Pool* pool, int base, int threads) {
  int* given = given_to(pool);
  if (!given) return;
  const int now = pool->get();
  if (now != *given && now != base) return;
  if (now != threads) pool->set(threads);
  *given = threads;
}

void resize_pools(int base, int threads, bool all) {
  find_pools();
  for (int i = 0; i < count; i++)
    if (pools[i].of_thread ? !only_blas : all) resize(&pools[i], base, threads);
}

bool has_teams_that_fork_breaks(void) { return is_loaded("GOMP_parallel"); }

// The sizes of thread pools in the memory of running processes: read, and changed.
#pragma once
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "core/platform/owners.h"

namespace governor {

enum class PoolKind {
  kOpenblas,       // built with its own threads
  kLibgomp,        // threads that have set no size themselves
  kLibgompThread,  // one thread that has
  kLibomp,         // LLVM's or Intel's, of one thread that starts teams
  kBlis,
};

// The size of a pool, where its library keeps it.
struct LivePool {
  PoolKind kind;
  std::string module{};  // path of the library, as the process sees it
  uint64_t address;      // in the process
  int width;             // bytes: 4 or 8
  int tid = 0;           // the thread whose teams have this size; 0: more than one, or unknown
  int64_t threads = 0;   // its size, the calling thread included
  int64_t most = 0;      // threads there are: it cannot grow further; 0: it starts more when it needs them
};

struct LivePools {
  int pid;
  int denied = 0;           // errno if we may not look into the process; EBUSY: its memory is its parent's (vfork)
  std::string truncated{};  // as ProcessOwners::truncated
  std::vector<LivePool> pools{};
};

struct PoolChange {
  uint64_t address;
  int64_t from, to;
};

struct PoolChanges {
  int pid;
  int64_t start_time;  // (pid, start_time) is the identity
  std::vector<int> tids;
  std::vector<PoolChange> changes;
};

struct ChangedPools {
  int pid;
  int denied = 0;  // errno if nothing could be changed; ESRCH: the process has ended; EBUSY as above
  // For each change errno, or 0. ESTALE: there is no such pool any more, or it has another size than `from`.
  std::vector<int> failed{};
};

// The pools of each process whose library we recognise. `before` and `found` as in read_owners().
void read_pools(const ThreadsOfProcesses& processes, const ReadLimits& limits,
                const std::function<void(int pid)>& before, const std::function<void(const LivePools&)>& found);

// Looks for the pools again, and writes each new size once into the memory that the process has now; never into that of
// a program that it executes meanwhile. Reads back what it has written.
void change_pools(const std::vector<PoolChanges>& processes, const ReadLimits& limits,
                  const std::function<void(int pid)>& before, const std::function<void(const ChangedPools&)>& done);

}  // namespace governor

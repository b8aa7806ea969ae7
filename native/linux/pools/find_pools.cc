// Finds the sizes of pools by what each library is: its symbols, and the code that looks the size up. What does not
// fit, or has no value that a size can have, is left out.
#include "linux/pools/find_pools.h"

#include <errno.h>
#include <linux/kcmp.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <optional>
#include <string_view>

#include "linux/owners/address_space.h"
#include "linux/owners/size_lookup.h"
#include "linux/owners/thread_descriptors.h"
#include "linux/procfs/files.h"
#include "linux/procfs/paths.h"
#include "linux/procfs/stat_line.h"

namespace governor {
namespace linux_os {
namespace {

constexpr size_t kMostPools = 4096;  // of a process
constexpr int kDeepest = 16;         // tasks within tasks
// libgomp, gcc/libgomp/libgomp.h: thread-local memory begins with a function and its argument, then the team; a task
// begins with the pointer to the one around it.
constexpr uint64_t kTeam = 16;
constexpr uint64_t kTaskOfGomp = 0;
// LLVM, openmp/runtime/src/kmp.h: a task has its number and flags, its team and its thread, then the task around it.
constexpr uint64_t kTaskOfOmp = 24;
constexpr std::string_view kSize = "blas_cpu_number", kThreads = "blas_num_threads";
constexpr int64_t kOwnThreads = 1;  // openblas_get_parallel()
constexpr const char* kParallel[] = {"openblas_get_parallel", "openblas_get_parallel64_", "openblas_get_parallel_64",
                                     "scipy_openblas_get_parallel", "scipy_openblas_get_parallel64_"};

class PoolFinder {
 public:
  PoolFinder(const TargetProcess& process, ElfFiles& files, const std::vector<int>& tids)
      : process_(process), space_(process, files), tids_(tids) {}

  std::vector<LivePool> find() {
    for (module_ = 0; module_ < static_cast<int>(space_.module_count()); module_++) {
      const auto* file = space_.file(module_);
      if (!file) continue;
      const auto& elf = file->elf();
      add_openblas(elf);
      add_openmp(elf);
      if (const auto size = size_lookup(elf, "bli_thread_get_num_threads").variable) {
        add({.kind = PoolKind::kBlis, .address = in_process(size->address), .width = size->width});
      }
    }
    return std::move(found_);
  }

 private:
  uint64_t in_process(uint64_t address) { return space_.in_process({module_, address}); }

  void add_openblas(const Elf& elf) {
    for (const auto& size : elf.variables_like(kSize)) {
      std::string name = size.name;
      name.replace(name.find(kSize), kSize.size(), kThreads);
      const auto threads = elf.find(name);
      const bool sound = size.size == sizeof(int32_t) && threads && threads->size == sizeof(int32_t);
      if (!sound || !has_own_threads(elf)) continue;
      const auto most = read(in_process(threads->address), sizeof(int32_t));
      if (!most || *most < 1) continue;
      add({.kind = PoolKind::kOpenblas, .address = in_process(size.address), .width = sizeof(int32_t), .most = *most});
    }
  }

  // Built with OpenMP, it does what the OpenMP runtime's size says.
  static bool has_own_threads(const Elf& elf) {
    return std::any_of(std::begin(kParallel), std::end(kParallel),
                       [&](const char* name) { return size_lookup(elf, name).number == kOwnThreads; });
  }

  void add_openmp(const Elf& elf) {
    if (!elf.find("GOMP_parallel") && !elf.find("__kmpc_fork_call")) return;
    const auto size = size_lookup(elf, "omp_get_max_threads");
    if (size.listed) add_listed(*size.listed);
    if (!size.own || !size.variable) return;
    add({.kind = PoolKind::kLibgomp, .address = in_process(size.variable->address), .width = size.variable->width});
    add_own(*size.own);
  }

  // Threads of teams are left out: what they have changes with each team.
  void add_own(const OwnSize& size) {
    const auto distance = word(in_process(size.slot));
    if (!distance) return;
    for (const auto& thread : threads()) {
      if (thread.descriptor == 0 || (thread.routine != 0 && space_.code_of(thread.routine) == module_)) continue;
      const uint64_t local = thread.descriptor + *distance;
      const auto team = word(local + kTeam), first = word(local + size.pointer);
      if (!team || !first || *first == 0) continue;
      const auto task = outermost(*first, kTaskOfGomp);
      // Within a team, a task around which there is none ends with the team.
      if (!task || (*team != 0 && *task == *first)) continue;
      add({.kind = PoolKind::kLibgompThread, .address = *task + size.size, .width = size.width, .tid = thread.tid});
    }
  }

  void add_listed(const ListedSize& size) {
    const auto table = word(in_process(size.table));
    for (size_t i = 0; table && *table != 0 && i < tids_.size(); i++) {
      const auto thread = word(*table + i * sizeof(uint64_t));
      if (!thread || *thread == 0) return;
      const auto first = word(*thread + size.task);
      const auto task = first && *first != 0 ? outermost(*first, kTaskOfOmp) : std::nullopt;
      // Only a thread that starts teams has a task with none around it, outside its teams.
      if (!task || (i > 0 && *task != *first)) continue;
      add({.kind = PoolKind::kLibomp, .address = *task + size.size, .width = size.width});
    }
  }

  std::optional<uint64_t> outermost(uint64_t task, uint64_t around) {
    for (int depth = 0; depth < kDeepest; depth++) {
      const auto outer = word(task + around);
      if (!outer) return std::nullopt;
      if (*outer == 0) return task;
      task = *outer;
    }
    return std::nullopt;
  }

  void add(LivePool pool) {
    const auto threads = read(pool.address, pool.width);
    const auto* mapping = mapping_of(process_.mappings, pool.address);
    const bool writable = mapping && mapping->writable && mapping->readable && !mapping->shared;
    if (!writable || !threads || *threads < 1 || *threads > kLargestPool || found_.size() >= kMostPools) return;
    if (pool.address % static_cast<uint64_t>(pool.width) != 0 || (pool.most != 0 && *threads > pool.most)) return;
    const bool known =
        std::any_of(found_.begin(), found_.end(), [&](const LivePool& other) { return other.address == pool.address; });
    if (known) return;
    pool.module = space_.path(module_);
    pool.threads = *threads;
    found_.push_back(std::move(pool));
  }

  const std::vector<Beginning>& threads() {
    if (!threads_) {
      threads_ = glibc_beginnings(process_, space_, tids_);
      add_musl_beginnings(process_, space_, *threads_);
    }
    return *threads_;
  }

  std::optional<uint64_t> word(uint64_t address) { return process_.memory.read_word(address); }

  std::optional<int64_t> read(uint64_t address, int width) {
    int64_t value = 0;
    if (width != sizeof value) {
      int32_t narrow = 0;
      if (!process_.memory.read(address, &narrow, sizeof narrow)) return std::nullopt;
      return narrow;
    }
    return process_.memory.read(address, &value, sizeof value) ? std::optional(value) : std::nullopt;
  }

  const TargetProcess& process_;
  AddressSpace space_;
  const std::vector<int>& tids_;
  int module_ = 0;
  std::optional<std::vector<Beginning>> threads_;
  std::vector<LivePool> found_;
};

}  // namespace

// After vfork(2) a child uses its parent's memory until it executes a program.
bool shares_memory(int pid) {
  const auto text = read_file(process_path(pid, "stat"));
  const auto stat = text ? parse_stat(*text) : std::nullopt;
  return stat && ::syscall(SYS_kcmp, pid, stat->field[4], KCMP_VM, 0, 0) == 0;
}

std::vector<LivePool> find_pools(const TargetProcess& process, ElfFiles& files, const std::vector<int>& tids) {
  if (process.denied != 0 || process.machine != Machine::kX86_64) return {};
  return PoolFinder(process, files, tids).find();
}

}  // namespace linux_os

void read_pools(const ThreadsOfProcesses& processes, const ReadLimits& limits,
                const std::function<void(int pid)>& before, const std::function<void(const LivePools&)>& found) {
  linux_os::Budget budget(limits);
  linux_os::ElfFiles files(budget);
  for (const auto& [pid, tids] : processes) {
    before(pid);
    const auto process = linux_os::TargetProcess::open(pid, tids, budget);
    LivePools pools{.pid = pid, .denied = linux_os::shares_memory(pid) ? EBUSY : process.denied};
    if (pools.denied == 0) pools.pools = linux_os::find_pools(process, files, tids);
    if (budget.exhausted()) pools.truncated = budget.exhausted();
    found(pools);
  }
}

}  // namespace governor

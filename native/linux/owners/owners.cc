// Who created each thread of a process: the module and function it started in, read from outside.
#include <errno.h>

#include <algorithm>
#include <unordered_map>

#include "core/platform/owners.h"
#include "linux/owners/address_space.h"
#include "linux/owners/stack_hints.h"
#include "linux/owners/thread_descriptors.h"
#include "linux/procfs/files.h"
#include "linux/procfs/paths.h"
#include "linux/procfs/stat_line.h"
#include "linux/target/target_process.h"

namespace governor {
namespace {

using linux_os::AddressSpace;
using linux_os::Beginning;
using linux_os::ElfFiles;
using linux_os::Machine;
using linux_os::TargetMemory;
using linux_os::TargetProcess;

constexpr size_t kMostThreads = 65536;  // of a process; more are not reported
constexpr size_t kMostRoutines = 4096, kMostVariables = 4096;
constexpr int64_t kFewTicks = 2;
constexpr int64_t kExiting = 0x4;  // PF_EXITING, include/linux/sched.h

class OwnersOfProcess {
 public:
  OwnersOfProcess(const TargetProcess& process, ElfFiles& files) : process_(process), space_(process, files) {
    owners_.pid = process.pid;
    owners_.denied = process.denied;
  }

  void add_threads(const std::vector<int>& tids) {
    if (process_.denied != 0) return add_all(tids, ThreadKind::kDenied);
    if (process_.mappings.empty()) return add_all(tids, ThreadKind::kGone);
    if (process_.machine == Machine::kOther) return add_all(tids, ThreadKind::kUnclear);
    auto beginnings = linux_os::glibc_beginnings(process_, space_, tids);
    linux_os::add_musl_beginnings(process_, space_, beginnings);
    for (const auto& beginning : beginnings) {
      owners_.threads.push_back({.tid = beginning.tid, .kind = kind_of(beginning)});
    }
    add_starts(beginnings);
    add_arguments(beginnings);
    add_hints(beginnings);
  }

  void add_variables(const std::vector<std::string>& names) {
    if (process_.denied != 0 || process_.machine == Machine::kOther) return;
    std::vector<int32_t> values;
    std::vector<TargetMemory::Piece> pieces;
    for (int module = 0; module < static_cast<int>(space_.module_count()); module++) {
      auto* file = space_.file(module);
      for (size_t i = 0; file && i < names.size(); i++) {
        for (const auto& symbol : file->variables_like(names[i])) {
          if (symbol.size != sizeof(int32_t) || owners_.variables.size() >= kMostVariables) continue;
          owners_.variables.push_back({module, symbol.name, 0});
          pieces.push_back({space_.in_process({module, symbol.address}), nullptr, sizeof(int32_t)});
        }
      }
    }
    values.resize(pieces.size());
    for (size_t i = 0; i < pieces.size(); i++) pieces[i].to = &values[i];
    process_.memory.read_all(pieces);
    size_t kept = 0;
    for (size_t i = 0; i < pieces.size(); i++) {
      if (!pieces[i].done) continue;
      owners_.variables[i].value = values[i];
      std::swap(owners_.variables[kept++], owners_.variables[i]);
    }
    owners_.variables.resize(kept);
  }

  ProcessOwners take(const char* exhausted) {
    if (exhausted) owners_.truncated = exhausted;
    owners_.modules = space_.modules();
    return std::move(owners_);
  }

 private:
  void add_all(const std::vector<int>& tids, ThreadKind kind) {
    for (const int tid : tids) {
      const bool main = tid == process_.pid && !process_.gone;
      owners_.threads.push_back({.tid = tid, .kind = main ? ThreadKind::kMain : kind});
    }
  }

  ThreadKind kind_of(const Beginning& beginning) {
    using State = Beginning::State;
    if (beginning.state == State::kGone) return ThreadKind::kGone;
    if (beginning.tid == process_.pid) return ThreadKind::kMain;
    if (beginning.state == State::kDenied) return ThreadKind::kDenied;
    if (beginning.state == State::kFound && space_.executable(beginning.routine)) return ThreadKind::kPthread;
    return from_outside(beginning.tid, beginning.state != State::kNone);
  }

  // By what the kernel reports of a thread.
  ThreadKind from_outside(int tid, bool has_descriptor) {
    const auto text = linux_os::read_file(linux_os::thread_path(process_.pid, tid) + "/stat");
    const auto stat = text ? linux_os::parse_stat(*text) : std::nullopt;
    if (!stat) return ThreadKind::kGone;
    if ((stat->field[9] & kExiting) != 0) return ThreadKind::kStarting;
    if (has_descriptor) return ThreadKind::kUnclear;
    const auto* program = this->program();
    const bool go = program && (program->has_section(".go.buildinfo") || program->has_section(".note.go.buildid"));
    if (go && !program->has_interpreter()) return ThreadKind::kGo;
    // One that has hardly run and does not sleep may not have registered its list yet.
    const bool fresh = stat->field[14] + stat->field[15] <= kFewTicks;
    if (fresh && (stat->state != 'S' || linux_os::has_mutex_list(tid))) return ThreadKind::kStarting;
    return go ? ThreadKind::kGo : ThreadKind::kClone;
  }

  const Elf* program() {
    const int module = space_.code_of(process_.entry);
    const auto* file = module >= 0 ? space_.file(module) : nullptr;
    return file ? &file->elf() : nullptr;
  }

  int routine_at(uint64_t address) {
    if (routines_.size() >= kMostRoutines && !routines_.contains(address)) return -1;
    const auto [known, added] = routines_.try_emplace(address, static_cast<int>(owners_.routines.size()));
    if (!added) return known->second;
    Routine routine{.address = address};
    if (const auto place = space_.place(address)) {
      routine.module = place->module;
      routine.address = place->address;
      if (auto* file = space_.file(place->module)) {
        const auto& name = file->name(place->address);
        routine.symbol = name.symbol;
        routine.before = name.before;
        routine.after = name.after;
      }
    }
    owners_.routines.push_back(std::move(routine));
    return known->second;
  }

  // The first thread has a start routine if another thread forked the process.
  void add_starts(const std::vector<Beginning>& beginnings) {
    for (size_t i = 0; i < beginnings.size(); i++) {
      const auto& beginning = beginnings[i];
      if (beginning.state != Beginning::State::kFound || !space_.executable(beginning.routine)) continue;
      owners_.threads[i].start = routine_at(beginning.routine);
    }
  }

  void add_arguments(const std::vector<Beginning>& beginnings) {
    std::vector<TargetMemory::Piece> pieces;
    std::vector<size_t> of_thread;
    for (size_t i = 0; i < beginnings.size(); i++) {
      if (owners_.threads[i].start < 0) continue;
      const auto* mapping = linux_os::mapping_of(process_.mappings, beginnings[i].argument);
      if (!mapping || !mapping->readable || mapping->shared) continue;
      pieces.push_back({beginnings[i].argument, nullptr, sizeof(uint64_t)});
      of_thread.push_back(i);
    }
    std::vector<uint64_t> words(pieces.size());
    for (size_t i = 0; i < pieces.size(); i++) pieces[i].to = &words[i];
    process_.memory.read_all(pieces);
    for (size_t i = 0; i < pieces.size(); i++) {
      if (pieces[i].done && space_.in_module(words[i])) owners_.threads[of_thread[i]].argument = routine_at(words[i]);
    }
  }

  void add_hints(const std::vector<Beginning>& beginnings) {
    std::unordered_map<int, std::vector<size_t>> of_module;  // threads of OpenMP runtimes
    for (size_t i = 0; i < beginnings.size(); i++) {
      const int start = owners_.threads[i].start;
      const int module = start < 0 ? -1 : owners_.routines[static_cast<size_t>(start)].module;
      auto* file = module < 0 ? nullptr : space_.file(module);
      if (file && file->is_openmp()) of_module[module].push_back(i);
    }
    for (const auto& [module, threads] : of_module) {
      std::vector<uint64_t> descriptors;
      for (const size_t i : threads) descriptors.push_back(beginnings[i].descriptor);
      const auto found = linux_os::callers(process_, space_, module, descriptors);
      for (size_t i = 0; i < threads.size(); i++) owners_.threads[threads[i]].working_for = found[i];
    }
  }

  const TargetProcess& process_;
  AddressSpace space_;
  ProcessOwners owners_;
  std::unordered_map<uint64_t, int> routines_;
};

}  // namespace

void read_owners(const ThreadsOfProcesses& processes, const std::vector<std::string>& variables,
                 const ReadLimits& limits, const std::function<void(int pid)>& before,
                 const std::function<void(const ProcessOwners&)>& found) {
  linux_os::Budget budget(limits);
  ElfFiles files(budget);
  for (const auto& [pid, tids] : processes) {
    before(pid);
    const std::vector<int> some(tids.begin(), tids.begin() + static_cast<long>(std::min(tids.size(), kMostThreads)));
    const auto process = TargetProcess::open(pid, some, budget);
    OwnersOfProcess owners(process, files);
    owners.add_threads(some);
    owners.add_variables(variables);
    found(owners.take(budget.exhausted()));
  }
}

}  // namespace governor

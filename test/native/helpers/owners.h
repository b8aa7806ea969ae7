// What read_owners returns, in the words of the tests.
#pragma once
#include <algorithm>
#include <string>
#include <vector>

#include "core/platform/owners.h"
#include "core/platform/processes.h"

inline std::vector<int> tids_of(int pid) {
  std::vector<int> tids;
  for (const auto& thread : governor::threads(pid)) tids.push_back(thread.tid);
  return tids;
}

inline constexpr governor::ReadLimits kEnough{.cpu_ms = 60'000, .bytes = 1 << 30, .memory = 0};

inline std::vector<governor::ProcessOwners> read_all_owners(const governor::ThreadsOfProcesses& processes,
                                                            const std::vector<std::string>& variables) {
  std::vector<governor::ProcessOwners> all;
  const auto keep = [&](const governor::ProcessOwners& owners) { all.push_back(owners); };
  governor::read_owners(
      processes, variables, kEnough, [](int) {}, keep);
  return all;
}

class Owners {
 public:
  // As soon as a thread runs.
  static Owners begun(int pid, int tid, const std::vector<std::string>& variables = {}) {
    while (true) {
      Owners owners(pid, variables);
      if (owners.thread(tid).kind != governor::ThreadKind::kStarting) return owners;
    }
  }
  explicit Owners(int pid, const std::vector<std::string>& variables = {}) : Owners(pid, tids_of(pid), variables) {}
  Owners(int pid, const std::vector<int>& tids, const std::vector<std::string>& variables = {})
      : all_(read_all_owners({{pid, tids}}, variables).at(0)) {}

  const governor::ProcessOwners& all() const { return all_; }
  const governor::ThreadOwner& thread(int tid) const {
    return *std::find_if(all_.threads.begin(), all_.threads.end(), [&](const auto& one) { return one.tid == tid; });
  }
  // "pthread start_alpha", "go", "clone": the kind, and the symbol that it started in.
  std::string what(int tid) const {
    static const char* kinds[] = {"main", "pthread", "go", "clone", "starting", "denied", "gone", "unclear"};
    const std::string kind = kinds[static_cast<int>(thread(tid).kind)], symbol = start(tid).symbol;
    return symbol.empty() ? kind : kind + " " + symbol;
  }
  governor::Routine start(int tid) const { return routine(thread(tid).start); }
  governor::Routine argument(int tid) const { return routine(thread(tid).argument); }
  std::string path(int module) const { return module < 0 ? "" : all_.modules.at(static_cast<size_t>(module)).path; }
  size_t count(governor::ThreadKind kind) const {
    return static_cast<size_t>(
        std::count_if(all_.threads.begin(), all_.threads.end(), [&](const auto& one) { return one.kind == kind; }));
  }

 private:
  governor::Routine routine(int index) const {
    return index < 0 ? governor::Routine{} : all_.routines.at(static_cast<size_t>(index));
  }
  governor::ProcessOwners all_;
};

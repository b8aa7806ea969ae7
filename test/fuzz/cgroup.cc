// Control groups: the tables that list them, and the files of a group of either version.
#include "linux/machine/cgroup.h"
#include "core/platform/machine.h"
#include "fuzz/tree.h"

using namespace governor;

static const std::vector<std::string> kFiles = {
    "proc/self/mountinfo", "proc/mounts", "proc/self/cgroup", "proc/self/cpuset",
    // Version 2, at its usual place, a group and its ancestor.
    "cg/cpu.max", "cg/a/cpu.max", "cg/a/cpu.weight", "cg/cpuset.cpus.effective", "cg/a/cpuset.cpus.effective",
    "cg/a/memory.max", "cg/a/memory.current", "cg/a/memory.stat", "cg/a/pids.max", "cg/a/pids.current",
    // Version 1.
    "one/cpu.cfs_quota_us", "one/cpu.cfs_period_us", "one/cpu.shares", "one/cpuset.effective_cpus", "one/cpuset.cpus",
    "one/effective_cpus", "one/cpus", "one/memory.limit_in_bytes", "one/memory.usage_in_bytes", "one/memory.stat",
    "one/pids.max", "one/pids.current"};

static bool is_below(const std::string& directory, const std::string& ancestor) {
  return directory.starts_with(ancestor) && (directory.substr(ancestor.size()) + "/").find("/../") == std::string::npos;
}

static void check_directories(const linux_os::CgroupMount& mount, const std::string& path) {
  const auto directories = linux_os::group_directories(mount, path);
  INVARIANT(!directories.empty() && directories.back() == mount.point);
  for (size_t i = 0; i < directories.size(); i++) {
    INVARIANT(is_below(directories[i], mount.point));
    if (i > 0) INVARIANT(directories[i - 1].starts_with(directories[i] + "/"));
  }
}

static void check_level(const CgroupLevel& level) {
  INVARIANT(level.version == 1 || level.version == 2);
  INVARIANT((level.version == 2) == (level.controller == "unified"));
  if (level.quota) INVARIANT(level.quota->quota > 0 && level.quota->period > 0);
  if (level.cpus) fuzz::check_set(*level.cpus);
  for (const auto& value : {level.memory_limit, level.memory_used, level.pids_limit, level.pids_used}) {
    INVARIANT(!value || *value >= 0);
  }
}

// The tables as given, and in the tree without mount points and paths that lead out of it.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static fuzz::Tree tree(kFiles);
  const auto parts = fuzz::sections({reinterpret_cast<const char*>(data), size});
  auto mounts = linux_os::parse_mountinfo(parts[0]);
  if (parts.size() > 1) {
    for (auto& mount : linux_os::parse_mounts(parts[1])) mounts.push_back(std::move(mount));
  }
  const auto members = linux_os::parse_cgroup(parts.size() > 2 ? parts[2] : "");
  for (const auto& member : members) {
    INVARIANT(member.path.starts_with('/'));
    for (const auto& name : member.controllers) INVARIANT(!name.empty());
  }
  for (size_t i = 0; i < mounts.size() && i < 16; i++) {
    for (size_t j = 0; j < members.size() && j < 16; j++) check_directories(mounts[i], members[j].path);
  }
  for (const auto& mount : mounts) {
    if ((mount.point + "/").find("/../") != std::string::npos) return 0;
  }
  tree.fill(parts);
  for (const auto& level : read_limits(tree.root(), 0).cgroups) check_level(level);
  return 0;
}

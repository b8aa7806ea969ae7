// Control groups: Documentation/admin-guide/cgroup-v2.rst and cgroup-v1/ of the kernel.
#include "linux/machine/cgroup.h"

#include <limits.h>

#include <algorithm>

#include "core/platform/machine.h"
#include "core/text.h"
#include "linux/procfs/files.h"
#include "linux/procfs/lines.h"

namespace governor {
namespace linux_os {
namespace {

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  while (true) {
    const auto end = text.find(separator);
    parts.push_back(text.substr(0, end));
    if (end == std::string_view::npos) return parts;
    text = text.substr(end + 1);
  }
}

// Line by line: a list of all lines of a damaged table would be larger than the table. Real tables have no line this
// long.
template <typename Use>
void for_each_line(std::string_view text, Use use) {
  constexpr size_t kLongestLine = size_t{64} << 10;
  while (!text.empty()) {
    const auto line = text.substr(0, text.find('\n'));
    if (!line.empty() && line.size() <= kLongestLine) use(line);
    text.remove_prefix(std::min(text.size(), line.size() + 1));
  }
}

// The kernel writes blanks and backslashes of a path as \040.
std::string unescaped(std::string_view text) {
  std::string plain;
  const auto octal = [](char c) { return c >= '0' && c <= '7'; };
  for (size_t i = 0; i < text.size(); i++) {
    if (text[i] == '\\' && i + 3 < text.size() && octal(text[i + 1]) && octal(text[i + 2]) && octal(text[i + 3])) {
      plain += static_cast<char>((text[i + 1] - '0') * 64 + (text[i + 2] - '0') * 8 + (text[i + 3] - '0'));
      i += 3;
    } else {
      plain += text[i];
    }
  }
  return plain;
}

void add_mount(std::vector<CgroupMount>& mounts, std::string_view type, std::string_view options, std::string_view root,
               std::string_view point) {
  constexpr size_t kMostMounts = 4096;
  if (mounts.size() >= kMostMounts) return;
  const int version = type == "cgroup2" ? 2 : 1;
  CgroupMount mount{.version = version, .controllers = {}, .root = unescaped(root), .point = unescaped(point)};
  if (type == "cpuset") {
    mount.controllers = {"cpuset"};
    mount.bare_names = true;
  } else if (type == "cgroup") {
    for (const auto option : split(options, ',')) {
      if (option == "noprefix") mount.bare_names = true;
      mount.controllers.emplace_back(option);
    }
  } else if (type != "cgroup2") {
    return;
  }
  mounts.push_back(std::move(mount));
}

bool names(const std::vector<std::string>& list, const std::string& name) {
  return std::find(list.begin(), list.end(), name) != list.end();
}

}  // namespace

std::vector<CgroupMount> parse_mountinfo(std::string_view text) {
  std::vector<CgroupMount> mounts;
  for_each_line(text, [&](std::string_view line) {
    const auto dash = line.find(" - ");
    if (dash == std::string_view::npos) return;
    const auto before = split(line.substr(0, dash), ' ');
    const auto after = split(line.substr(dash + 3), ' ');
    if (before.size() >= 5) add_mount(mounts, after[0], after.back(), before[3], before[4]);
  });
  return mounts;
}

std::vector<CgroupMount> parse_mounts(std::string_view text) {
  std::vector<CgroupMount> mounts;
  for_each_line(text, [&](std::string_view line) {
    const auto fields = split(line, ' ');
    if (fields.size() >= 4) add_mount(mounts, fields[2], fields[3], "/", fields[1]);
  });
  return mounts;
}

std::vector<CgroupMember> parse_cgroup(std::string_view text) {
  std::vector<CgroupMember> members;
  for_each_line(text, [&](std::string_view line) {
    const auto first = line.find(':');
    const auto second = first == std::string_view::npos ? first : line.find(':', first + 1);
    if (second == std::string_view::npos) return;
    CgroupMember member{.controllers = {}, .path = std::string(line.substr(second + 1))};
    for (const auto name : split(line.substr(first + 1, second - first - 1), ',')) {
      if (!name.empty()) member.controllers.emplace_back(name);
    }
    if (member.path.starts_with('/')) members.push_back(std::move(member));
  });
  return members;
}

std::vector<std::string> group_directories(const CgroupMount& mount, const std::string& path) {
  // Below a mount of /a, the group /a/b is the directory b. A path outside the mount ("/../b", a group beside the
  // namespace's root; or /docker/ID, the host's name of it) leaves only the mount point.
  std::string below = path;
  if (mount.root != "/") below = below.starts_with(mount.root) ? below.substr(mount.root.size()) : "";
  if (!below.starts_with('/') || (below + '/').find("/../") != std::string::npos) below.clear();
  std::vector<std::string> directories;
  for (; !below.empty(); below.resize(below.rfind('/'))) {
    const bool can_be_opened = mount.point.size() + below.size() < PATH_MAX;
    if (below.back() != '/' && can_be_opened) directories.push_back(mount.point + below);
  }
  directories.push_back(mount.point);
  return directories;
}

}  // namespace linux_os

namespace {

using linux_os::CgroupMember;
using linux_os::CgroupMount;
using linux_os::Directory;

// Version 1 writes "no limit" as a page-rounded 2^63.
constexpr int64_t kNoLimit = int64_t{1} << 60;

std::optional<int64_t> limit(const std::optional<std::string>& text) {
  const auto value = text ? linux_os::number(*text) : std::nullopt;  // "max" is no number
  return value && *value >= 0 && *value < kNoLimit ? value : std::nullopt;
}

std::optional<Quota> quota(std::optional<int64_t> quota, std::optional<int64_t> period) {
  if (!quota || !period || *quota <= 0 || *period <= 0) return std::nullopt;
  return Quota{*quota, *period};
}

// cpu.max: "150000 100000" or "max 100000"; the period may be missing.
std::optional<Quota> parse_cpu_max(const std::optional<std::string>& text) {
  if (!text) return std::nullopt;
  const auto line = trimmed(*text);
  const auto blank = line.find(' ');
  return quota(linux_os::number(line.substr(0, blank)),
               blank == std::string_view::npos ? std::optional<int64_t>(100000) : linux_os::number(line.substr(blank)));
}

std::optional<Cpuset> cpulist(const std::optional<std::string>& text) {
  auto set = text ? linux_os::believed(Cpuset::from_list(*text)) : std::nullopt;
  return set && !set->empty() ? set : std::nullopt;  // an empty file: the group sets none
}

std::optional<int64_t> memory_used(const Directory& group, const char* usage, const char* cache) {
  const auto used = limit(group.read(usage));
  if (!used) return std::nullopt;
  return std::max<int64_t>(0, *used - linux_os::statistic(group.read("memory.stat"), cache).value_or(0));
}

void read_version_2(const Directory& group, CgroupLevel& level) {
  level.quota = parse_cpu_max(group.read("cpu.max"));
  level.weight = group.read_number("cpu.weight");
  level.cpus = cpulist(group.read("cpuset.cpus.effective"));
  if ((level.memory_limit = limit(group.read("memory.max")))) {
    level.memory_used = memory_used(group, "memory.current", "inactive_file");
  }
  if ((level.pids_limit = limit(group.read("pids.max")))) level.pids_used = limit(group.read("pids.current"));
}

void read_version_1(const Directory& group, bool bare_names, CgroupLevel& level) {
  if (level.controller == "cpu") {
    level.quota = quota(group.read_number("cpu.cfs_quota_us"), group.read_number("cpu.cfs_period_us"));
    level.weight = group.read_number("cpu.shares");
  } else if (level.controller == "cpuset") {
    level.cpus = cpulist(group.read(bare_names ? "effective_cpus" : "cpuset.effective_cpus"));
    if (!level.cpus) level.cpus = cpulist(group.read(bare_names ? "cpus" : "cpuset.cpus"));
  } else if (level.controller == "memory") {
    if ((level.memory_limit = limit(group.read("memory.limit_in_bytes")))) {
      level.memory_used = memory_used(group, "memory.usage_in_bytes", "total_inactive_file");
    }
  } else if (level.controller == "pids") {
    if ((level.pids_limit = limit(group.read("pids.max")))) level.pids_used = limit(group.read("pids.current"));
  }
}

// The process's path in the hierarchy of a mount.
const std::string* path_in(const CgroupMount& mount, const std::string& controller,
                           const std::vector<CgroupMember>& members) {
  for (const auto& member : members) {
    const bool same = mount.version == 2 ? member.controllers.empty() : linux_os::names(member.controllers, controller);
    if (same) return &member.path;
  }
  return nullptr;
}

// Whether the mounted group is the one at that path, or an ancestor of it.
bool holds(const CgroupMount& mount, const std::string& path) {
  return mount.root == "/" || (path + "/").starts_with(mount.root + "/");
}

void add_levels(const std::string& root, const CgroupMount& mount, const std::string& controller,
                const std::string& path, std::vector<CgroupLevel>& levels) {
  for (const auto& directory : linux_os::group_directories(mount, path)) {
    const auto group = Directory::open(root + directory);
    if (!group) continue;  // the host's path, seen from inside a container
    CgroupLevel level{.version = mount.version, .controller = controller, .path = directory};
    if (mount.version == 2) {
      read_version_2(*group, level);
    } else {
      read_version_1(*group, mount.bare_names, level);
    }
    levels.push_back(std::move(level));
  }
}

// Always through our own mounts: another process's may lead to files that only it can name.
std::vector<CgroupLevel> read_cgroups(const std::string& root, const std::string& process) {
  const auto mountinfo = linux_os::read_file(root + "/proc/self/mountinfo", linux_os::kLargeFile);
  const auto table = mountinfo ? std::nullopt : linux_os::read_file(root + "/proc/mounts", linux_os::kLargeFile);
  const auto mounts = mountinfo ? linux_os::parse_mountinfo(*mountinfo) : linux_os::parse_mounts(table.value_or(""));
  auto members = linux_os::parse_cgroup(linux_os::read_file(process + "cgroup").value_or(""));
  if (members.empty()) {  // /proc/PID/cpuset, older than /proc/PID/cgroup, has the path in either version
    const auto path = linux_os::read_file(process + "cpuset");
    if (path) {
      members = {{{"cpuset"}, std::string(trimmed(*path))}, {{}, std::string(trimmed(*path))}};
    }
  }
  std::vector<CgroupLevel> levels;
  std::vector<std::string> seen;  // a hierarchy mounted twice counts once
  const auto add_all = [&](const CgroupMount& mount, bool holding_our_group) {
    const auto wanted = mount.version == 2 ? std::vector<std::string>{"unified"}
                                           : std::vector<std::string>{"cpu", "cpuset", "memory", "pids"};
    for (const auto& controller : wanted) {
      if (mount.version == 1 && !linux_os::names(mount.controllers, controller)) continue;
      if (linux_os::names(seen, controller)) continue;
      const std::string* path = path_in(mount, controller, members);
      if (!path || holds(mount, *path) != holding_our_group) continue;
      const size_t before = levels.size();
      add_levels(root, mount, controller, *path, levels);
      if (levels.size() > before) seen.push_back(controller);
    }
  };
  // Another group, mounted elsewhere, may come first in the table.
  for (const bool holding_our_group : {true, false}) {
    for (const auto& mount : mounts) add_all(mount, holding_our_group);
  }
  return levels;
}

}  // namespace

Limits read_limits(const std::string& root, int pid) {
  const std::string process = root + "/proc/" + (pid ? std::to_string(pid) : "self") + "/";
  Limits limits;
  const auto status = linux_os::read_file(process + "status", linux_os::kLargeFile);  // it may name 65,536 groups
  if (const auto mask = linux_os::line_behind(status, "\nCpus_allowed:")) {
    limits.affinity = linux_os::believed(Cpuset::from_mask(*mask));
  }
  const auto rlimits = linux_os::read_file(process + "limits");
  if (const auto line = linux_os::line_behind(rlimits, "Max processes")) {
    limits.process_limit = linux_os::number(line->substr(0, line->find(' ')));
  }
  limits.cgroups = read_cgroups(root, process);
  return limits;
}

}  // namespace governor

#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace governor::linux_os {

// A mounted control group hierarchy: a line of mountinfo, proc_pid_mountinfo(5).
struct CgroupMount {
  int version;                           // 1 or 2
  std::vector<std::string> controllers;  // of version 1, by its mount options
  std::string root;                      // which group of the hierarchy is mounted here
  std::string point;
  bool bare_names = false;  // an old cpuset file system: its files are "cpus", not "cpuset.cpus"
};

// The group of a process in a hierarchy: a line of /proc/PID/cgroup, cgroups(7).
struct CgroupMember {
  std::vector<std::string> controllers;  // empty: version 2
  std::string path;
};

std::vector<CgroupMount> parse_mountinfo(std::string_view text);
std::vector<CgroupMount> parse_mounts(std::string_view text);  // /proc/mounts, if there is no mountinfo
std::vector<CgroupMember> parse_cgroup(std::string_view text);

// The directories of a group and all its ancestors up to the mount point, the innermost first.
std::vector<std::string> group_directories(const CgroupMount& mount, const std::string& path);

}  // namespace governor::linux_os

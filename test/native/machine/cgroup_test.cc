#include "linux/machine/cgroup.h"

#include "native/helpers/check.h"

using governor::linux_os::CgroupMount;
using governor::linux_os::group_directories;
using governor::linux_os::parse_cgroup;
using governor::linux_os::parse_mountinfo;
using governor::linux_os::parse_mounts;
using Names = std::vector<std::string>;

namespace {

bool controls(const CgroupMount& mount, const std::string& controller) {
  for (const auto& name : mount.controllers) {
    if (name == controller) return true;
  }
  return false;
}

CgroupMount mounted(const std::string& root, const std::string& point = "/sys/fs/cgroup") {
  return {.version = 2, .controllers = {}, .root = root, .point = point};
}

void reads_mountinfo_of_version_2() {
  const auto mounts = parse_mountinfo(
      "22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw\n"
      "30 22 0:26 / /sys/fs/cgroup rw,nosuid,nodev,noexec,relatime shared:9 - cgroup2 cgroup2 rw,nsdelegate\n"
      "31 22 0:27 / /sys/fs/bpf rw - bpf none rw\n");
  CHECK_EQ(mounts.size(), size_t{1});
  CHECK_EQ(mounts.at(0).version, 2);
  CHECK_EQ(mounts.at(0).root, "/");
  CHECK_EQ(mounts.at(0).point, "/sys/fs/cgroup");
  CHECK_EQ(mounts.at(0).controllers, Names{});
}

void reads_mountinfo_of_version_1_and_hybrid() {
  const auto mounts = parse_mountinfo(
      "31 23 0:28 / /sys/fs/cgroup rw,relatime - tmpfs tmpfs rw,mode=755\n"
      "32 31 0:29 / /sys/fs/cgroup/cpu rw,relatime - cgroup cgroup rw,cpu\n"
      "33 31 0:30 / /sys/fs/cgroup/cpuacct rw,relatime - cgroup cgroup rw,cpuacct\n"
      "34 31 0:31 /docker/0123 /sys/fs/cgroup/memory ro,relatime master:11 - cgroup cgroup rw,memory\n"
      "35 31 0:32 / /sys/fs/cgroup/systemd rw - cgroup cgroup rw,xattr,release_agent=/lib/agent,name=systemd\n"
      "36 31 0:33 / /sys/fs/cgroup/unified rw shared:1 master:2 propagate_from:3 - cgroup2 cgroup2 rw\n");
  CHECK_EQ(mounts.size(), size_t{5});
  CHECK(controls(mounts.at(0), "cpu"));
  CHECK(!controls(mounts.at(0), "cpuacct"));
  CHECK(controls(mounts.at(1), "cpuacct"));
  CHECK(!controls(mounts.at(1), "cpu"));
  CHECK_EQ(mounts.at(2).root, "/docker/0123");
  CHECK(controls(mounts.at(2), "memory"));
  CHECK(controls(mounts.at(3), "name=systemd"));
  CHECK_EQ(mounts.at(4).version, 2);
  CHECK_EQ(mounts.at(4).point, "/sys/fs/cgroup/unified");

  const auto both = parse_mountinfo("32 31 0:29 / /cg/cpu,cpuacct rw - cgroup cgroup rw,cpu,cpuacct\n");
  CHECK(controls(both.at(0), "cpu"));
  CHECK(controls(both.at(0), "cpuacct"));
}

void reads_old_cpuset_file_systems() {
  const auto mounts = parse_mountinfo(
      "30 22 0:26 / /dev/cpuset rw - cpuset none rw,cpuset,noprefix,release_agent=/sbin/cpuset_release_agent\n"
      "31 22 0:27 / /dev/cg rw - cgroup none rw,cpuset,noprefix\n"
      "32 22 0:28 / /cg rw - cgroup none rw,cpuset\n");
  CHECK_EQ(mounts.size(), size_t{3});
  for (const auto& mount : mounts) CHECK(controls(mount, "cpuset"));
  CHECK(mounts.at(0).bare_names);
  CHECK(mounts.at(1).bare_names);
  CHECK(!mounts.at(2).bare_names);
}

void reads_escapes() {
  const auto mounts = parse_mountinfo(
      "30 22 0:26 /a\\134b /my\\040groups\\011and\\012lines rw - cgroup2 a\\040-\\040name rw\n"
      "31 22 0:26 / /short\\04 rw - cgroup2 none rw\n"
      "32 22 0:26 / /not\\999octal\\08 rw - cgroup2 none rw\n"
      "33 22 0:26 / /end\\040 rw - cgroup2 none rw\n");
  CHECK_EQ(mounts.size(), size_t{4});
  CHECK_EQ(mounts.at(0).root, "/a\\b");
  CHECK_EQ(mounts.at(0).point, "/my groups\tand\nlines");
  CHECK_EQ(mounts.at(1).point, "/short\\04");
  CHECK_EQ(mounts.at(2).point, "/not\\999octal\\08");
  CHECK_EQ(mounts.at(3).point, "/end ");
  CHECK_EQ(parse_mounts("none /a\\040b cgroup2 rw 0 0\n").at(0).point, "/a b");
}

void reads_mounts_without_a_source() {
  CHECK_EQ(parse_mountinfo("30 22 0:26 / /cg rw -  cgroup2  rw\n").size(), size_t{0});
  const auto mounts = parse_mountinfo("30 22 0:26 / /cg rw - cgroup  rw,cpu\n");
  CHECK_EQ(mounts.size(), size_t{1});
  CHECK(controls(mounts.at(0), "cpu"));
}

void skips_damaged_lines() {
  for (const char* text :
       {"", "\n", " - ", "- cgroup2", " - cgroup2", "1 2 3 4 - cgroup2 x rw", "30 22 0:26 / /cg rw cgroup2 x rw",
        "30 22 0:26 / /cg rw - ", "30 22 0:26 / /cg rw - cgroup22 x rw", "30 22 0:26 / /cg rw - \n"}) {
    CHECK_EQ(parse_mountinfo(text).size(), size_t{0});
  }
  for (const char* text : {"", "\n", "cgroup2", "cgroup /cg cgroup2", "a b c d", "   "}) {
    CHECK_EQ(parse_mounts(text).size(), size_t{0});
  }
  CHECK_EQ(parse_mountinfo("garbage\n30 22 0:26 / /cg rw - cgroup2 cgroup2 rw\ngarbage").size(), size_t{1});
}

void does_not_swell() {
  const std::string mount = "30 22 0:26 / /cg rw - cgroup2 cgroup2 rw\n";
  const std::string too_long = "30 22 0:26 / /" + std::string(70'000, 'x') + " rw - cgroup2 cgroup2 rw\n";
  CHECK_EQ(parse_mountinfo(std::string(4 << 20, ' ') + "\n" + too_long + mount).size(), size_t{1});
  std::string many;
  for (int i = 0; i < 10'000; i++) many += mount;
  CHECK_EQ(parse_mountinfo(many).size(), size_t{4096});
  CHECK_EQ(parse_cgroup("0::/" + std::string(70'000, 'x') + "\n0::/a\n").size(), size_t{1});
}

void reads_proc_mounts() {
  const auto mounts = parse_mounts(
      "sysfs /sys sysfs rw 0 0\n"
      "cgroup /sys/fs/cgroup/cpu,cpuacct cgroup rw,nosuid,cpu,cpuacct 0 0\n"
      "none /dev/cpuset cpuset rw,noprefix 0 0\n"
      "cgroup2 /sys/fs/cgroup/unified cgroup2 rw 0 0\n");
  CHECK_EQ(mounts.size(), size_t{3});
  CHECK(controls(mounts.at(0), "cpu"));
  CHECK_EQ(mounts.at(0).root, "/");
  CHECK_EQ(mounts.at(0).point, "/sys/fs/cgroup/cpu,cpuacct");
  CHECK(mounts.at(1).bare_names);
  CHECK_EQ(mounts.at(2).version, 2);
}

void reads_memberships() {
  const auto members = parse_cgroup(
      "12:cpu,cpuacct:/user.slice\n"
      "3:cpuset:/\n"
      "1:name=systemd:/user.slice/a:b:c\n"
      "0::/user.slice/session 1.scope\n");
  CHECK_EQ(members.size(), size_t{4});
  CHECK_EQ(members.at(0).controllers, (Names{"cpu", "cpuacct"}));
  CHECK_EQ(members.at(0).path, "/user.slice");
  CHECK_EQ(members.at(2).controllers, Names{"name=systemd"});
  CHECK_EQ(members.at(2).path, "/user.slice/a:b:c");
  CHECK_EQ(members.at(3).controllers, Names{});
  CHECK_EQ(members.at(3).path, "/user.slice/session 1.scope");
}

void skips_damaged_memberships() {
  for (const char* text :
       {"", "\n", "0", "0:", "0:cpu", "0::", "0::relative", "::", ":::", "1:cpu:", "no colons at all"}) {
    CHECK_EQ(parse_cgroup(text).size(), size_t{0});
  }
  CHECK_EQ(parse_cgroup("0:cpu\n0::/a\n1:").size(), size_t{1});
  CHECK_EQ(parse_cgroup("1:,,cpu,:/a").at(0).controllers, Names{"cpu"});
}

void lists_a_group_and_its_ancestors() {
  CHECK_EQ(group_directories(mounted("/"), "/"), Names{"/sys/fs/cgroup"});
  CHECK_EQ(group_directories(mounted("/"), "/a/b"),
           (Names{"/sys/fs/cgroup/a/b", "/sys/fs/cgroup/a", "/sys/fs/cgroup"}));
  CHECK_EQ(group_directories(mounted("/"), "/a/"), (Names{"/sys/fs/cgroup/a", "/sys/fs/cgroup"}));
}

void goes_from_the_root_of_the_mount() {
  CHECK_EQ(group_directories(mounted("/docker/id"), "/docker/id"), Names{"/sys/fs/cgroup"});
  CHECK_EQ(group_directories(mounted("/docker/id"), "/docker/id/sub"), (Names{"/sys/fs/cgroup/sub", "/sys/fs/cgroup"}));
  // outside the mount: only the mount point
  CHECK_EQ(group_directories(mounted("/docker/id"), "/docker/id2"), Names{"/sys/fs/cgroup"});
  CHECK_EQ(group_directories(mounted("/docker/id"), "/docker"), Names{"/sys/fs/cgroup"});
  CHECK_EQ(group_directories(mounted("/docker/id"), "/"), Names{"/sys/fs/cgroup"});
}

void knows_namespaces() {
  CHECK_EQ(group_directories(mounted("/"), "/.."), Names{"/sys/fs/cgroup"});
  CHECK_EQ(group_directories(mounted("/"), "/../beside"), Names{"/sys/fs/cgroup"});
  CHECK_EQ(group_directories(mounted("/"), "/../../beside/a"), Names{"/sys/fs/cgroup"});
  // mounted before the namespace was entered: the mount's root is above ours
  CHECK_EQ(group_directories(mounted("/.."), "/"), Names{"/sys/fs/cgroup"});
  CHECK_EQ(group_directories(mounted("/.."), "/../beside"), (Names{"/sys/fs/cgroup/beside", "/sys/fs/cgroup"}));
}

void never_leaves_the_mount() {
  CHECK_EQ(group_directories(mounted("/"), "/a/../../../etc"), Names{"/sys/fs/cgroup"});
  CHECK_EQ(group_directories(mounted("/"), "/a/.."), Names{"/sys/fs/cgroup"});
  CHECK_EQ(group_directories(mounted("/a"), "/a/b/../c"), Names{"/sys/fs/cgroup"});
  // names that only look like it
  CHECK_EQ(group_directories(mounted("/"), "/..a"), (Names{"/sys/fs/cgroup/..a", "/sys/fs/cgroup"}));
  CHECK_EQ(group_directories(mounted("/"), "/a../b").size(), size_t{3});
}

void takes_any_path() {
  CHECK_EQ(group_directories(mounted("/"), ""), Names{"/sys/fs/cgroup"});
  CHECK_EQ(group_directories(mounted("/"), "relative"), Names{"/sys/fs/cgroup"});
  CHECK_EQ(group_directories(mounted("/"), "relative/path"), Names{"/sys/fs/cgroup"});
  CHECK_EQ(group_directories(mounted("/"), "//"), Names{"/sys/fs/cgroup"});
  CHECK_EQ(group_directories(mounted("/a"), "/ab"), Names{"/sys/fs/cgroup"});
  CHECK_EQ(group_directories(mounted(""), "/a"), (Names{"/sys/fs/cgroup/a", "/sys/fs/cgroup"}));

  const std::string pod = "/kubepods.slice/" + std::string(200, 'p') + "/" + std::string(200, 'c');
  const auto directories = group_directories(mounted("/"), pod);
  CHECK_EQ(directories.size(), size_t{4});
  CHECK_EQ(directories.at(0), "/sys/fs/cgroup" + pod);
}

void a_path_of_very_many_groups_costs_little() {
  std::string path;
  while (path.size() < 64 * 1024) path += "/a";
  size_t size = 0;
  for (const auto& directory : group_directories(mounted("/"), path)) size += directory.size();
  CHECK(size < 16 * 1024 * 1024);
  CHECK_EQ(group_directories(mounted("/"), path).back(), "/sys/fs/cgroup");
}

}  // namespace

int main() {
  reads_mountinfo_of_version_2();
  reads_mountinfo_of_version_1_and_hybrid();
  reads_old_cpuset_file_systems();
  reads_escapes();
  reads_mounts_without_a_source();
  skips_damaged_lines();
  does_not_swell();
  reads_proc_mounts();
  reads_memberships();
  skips_damaged_memberships();
  lists_a_group_and_its_ancestors();
  goes_from_the_root_of_the_mount();
  knows_namespaces();
  never_leaves_the_mount();
  takes_any_path();
  a_path_of_very_many_groups_costs_little();
  return check::result();
}

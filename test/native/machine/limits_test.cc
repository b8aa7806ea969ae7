#include <sys/resource.h>
#include <unistd.h>

#include "core/platform/affinity.h"
#include "core/platform/machine.h"
#include "native/helpers/check.h"
#include "native/helpers/tree.h"

using governor::CgroupLevel;
using governor::Limits;
using governor::read_limits;
using Cpus = std::vector<unsigned>;

namespace {

const std::string kUnified = "30 22 0:26 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n";

CgroupLevel level(const Limits& limits, const std::string& controller, const std::string& path) {
  for (const auto& level : limits.cgroups) {
    if (level.controller == controller && level.path == path) return level;
  }
  check::that(false, __FILE__, __LINE__, "no level " + controller + " " + path);
  return {.version = 0, .controller = "", .path = ""};
}

std::string quota(const CgroupLevel& level) {
  return level.quota ? std::to_string(level.quota->quota) + "/" + std::to_string(level.quota->period) : "none";
}

std::optional<Cpus> cpus(const std::optional<governor::Cpuset>& set) {
  return set ? std::optional(set->cpus()) : std::nullopt;
}

// A machine of version 2 with the process in /a/b.
void unified(Tree& tree) {
  tree.file("proc/self/mountinfo", kUnified).file("proc/self/cgroup", "0::/a/b\n");
  tree.directory("sys/fs/cgroup/a/b");
}

void reads_quotas_of_all_ancestors() {
  Tree tree;
  unified(tree);
  tree.file("sys/fs/cgroup/a/b/cpu.max", "400000 100000\n").file("sys/fs/cgroup/a/cpu.max", "150000 100000\n");
  auto limits = read_limits(tree.root(), 0);
  CHECK_EQ(limits.cgroups.size(), size_t{3});
  CHECK_EQ(limits.cgroups.at(0).path, "/sys/fs/cgroup/a/b");  // the innermost first
  CHECK_EQ(limits.cgroups.at(2).path, "/sys/fs/cgroup");
  CHECK_EQ(limits.cgroups.at(0).version, 2);
  CHECK_EQ(quota(level(limits, "unified", "/sys/fs/cgroup/a/b")), "400000/100000");
  CHECK_EQ(quota(level(limits, "unified", "/sys/fs/cgroup/a")), "150000/100000");
  CHECK_EQ(quota(level(limits, "unified", "/sys/fs/cgroup")), "none");

  tree.file("sys/fs/cgroup/a/b/cpu.max", "50000 200000\n").file("sys/fs/cgroup/a/cpu.max", "max 100000\n");
  tree.file("sys/fs/cgroup/cpu.max", "800000 100000\n");
  limits = read_limits(tree.root(), 0);
  CHECK_EQ(quota(level(limits, "unified", "/sys/fs/cgroup/a/b")), "50000/200000");
  CHECK_EQ(quota(level(limits, "unified", "/sys/fs/cgroup/a")), "none");
  CHECK_EQ(quota(level(limits, "unified", "/sys/fs/cgroup")), "800000/100000");
}

void reads_cpu_max_in_any_shape() {
  Tree tree;
  unified(tree);
  const std::vector<std::pair<std::string, std::string>> shapes = {
      {"", "none"},
      {"\n", "none"},
      {"max\n", "none"},
      {"max 100000\n", "none"},
      {"150000\n", "150000/100000"},
      {"150000  100000 \n", "150000/100000"},
      {"0 100000\n", "none"},
      {"-1 100000\n", "none"},
      {"150000 0\n", "none"},
      {"150000 -5\n", "none"},
      {"150000 max\n", "none"},
      {"1.5 1\n", "none"},
      {"150000 100000 7\n", "none"},
      {"99999999999999999999 100000\n", "none"},
      {"9223372036854775807 9223372036854775807", "9223372036854775807/9223372036854775807"}};
  for (const auto& [text, wanted] : shapes) {
    tree.file("sys/fs/cgroup/a/b/cpu.max", text);
    CHECK_EQ(quota(level(read_limits(tree.root(), 0), "unified", "/sys/fs/cgroup/a/b")), wanted);
  }
}

void reads_everything_of_version_2() {
  Tree tree;
  unified(tree);
  const std::string group = "sys/fs/cgroup/a/b/";
  tree.file(group + "cpu.weight", "79\n").file(group + "cpuset.cpus.effective", "0-1,4\n");
  tree.file(group + "memory.max", "1000000\n").file(group + "memory.current", "700000\n");
  tree.file(group + "memory.stat", "anon 5\ninactive_file 300000\nactive_file 9\n");
  tree.file(group + "pids.max", "50\n").file(group + "pids.current", "7\n");
  tree.file("sys/fs/cgroup/a/memory.max", "max\n").file("sys/fs/cgroup/a/memory.current", "5\n");
  tree.file("sys/fs/cgroup/a/pids.max", "max\n").file("sys/fs/cgroup/a/cpuset.cpus.effective", "\n");
  const auto limits = read_limits(tree.root(), 0);
  const auto inner = level(limits, "unified", "/sys/fs/cgroup/a/b");
  CHECK_EQ(inner.weight, 79);
  CHECK_EQ(cpus(inner.cpus), (Cpus{0, 1, 4}));
  CHECK_EQ(inner.memory_limit, 1000000);
  CHECK_EQ(inner.memory_used, 400000);
  CHECK_EQ(inner.pids_limit, 50);
  CHECK_EQ(inner.pids_used, 7);
  const auto outer = level(limits, "unified", "/sys/fs/cgroup/a");
  CHECK_EQ(outer.weight, std::nullopt);
  CHECK_EQ(cpus(outer.cpus), std::nullopt);
  CHECK_EQ(outer.memory_limit, std::nullopt);
  CHECK_EQ(outer.memory_used, std::nullopt);
  CHECK_EQ(outer.pids_limit, std::nullopt);
}

void counts_memory_without_the_reclaimable_cache() {
  Tree tree;
  unified(tree);
  const std::string group = "sys/fs/cgroup/a/b/";
  tree.file(group + "memory.max", "1000\n").file(group + "memory.current", "700\n");
  const auto used = [&] { return level(read_limits(tree.root(), 0), "unified", "/sys/fs/cgroup/a/b").memory_used; };
  CHECK_EQ(used(), 700);  // no memory.stat
  const std::vector<std::pair<const char*, int>> shapes = {
      {"inactive_file 300", 400},       {"inactive_file 900\n", 0},
      {"inactive_file -5\n", 700},      {"inactive_file x\n", 700},
      {"inactive_file", 700},           {"inactive_file_more 5\ninactive_file 200\n", 500},
      {"total_inactive_file 5\n", 700}, {"\n\n", 700}};
  for (const auto& [text, wanted] : shapes) {
    tree.file(group + "memory.stat", text);
    CHECK_EQ(used(), wanted);
  }
  tree.remove(group + "memory.current");
  CHECK_EQ(used(), std::nullopt);
}

void reads_version_1() {
  Tree tree;
  tree.file("proc/self/mountinfo",
            "32 31 0:29 / /cg/cpu rw - cgroup cgroup rw,cpu\n"
            "33 31 0:30 / /cg/cpuacct rw - cgroup cgroup rw,cpuacct\n"
            "34 31 0:31 / /cg/cpuset rw - cgroup cgroup rw,cpuset\n"
            "35 31 0:32 /docker/id /cg/memory rw - cgroup cgroup rw,memory\n"
            "36 31 0:33 / /cg/pids rw - cgroup cgroup rw,pids\n");
  tree.file("proc/self/cgroup", "5:pids:/p\n4:memory:/docker/id/m\n3:cpuset:/s\n2:cpuacct:/x\n1:cpu:/a/b\n");
  tree.file("cg/cpu/cpu.cfs_quota_us", "-1\n").file("cg/cpu/cpu.cfs_period_us", "100000\n");
  tree.file("cg/cpu/a/cpu.cfs_quota_us", "250000\n").file("cg/cpu/a/cpu.cfs_period_us", "100000\n");
  tree.file("cg/cpu/a/b/cpu.cfs_quota_us", "-1\n").file("cg/cpu/a/b/cpu.cfs_period_us", "100000\n");
  tree.file("cg/cpu/a/b/cpu.shares", "512\n");
  tree.file("cg/cpuset/s/cpuset.cpus", "0-7\n").file("cg/cpuset/s/cpuset.effective_cpus", "0-1\n");
  tree.file("cg/cpuset/cpuset.cpus", "0-15\n");
  tree.file("cg/memory/m/memory.limit_in_bytes", "4096000\n").file("cg/memory/m/memory.usage_in_bytes", "96000\n");
  tree.file("cg/memory/m/memory.stat", "inactive_file 1\ntotal_inactive_file 6000\n");
  tree.file("cg/memory/memory.limit_in_bytes", "9223372036854771712\n").file("cg/memory/memory.usage_in_bytes", "7\n");
  tree.file("cg/pids/p/pids.max", "max\n").file("cg/pids/pids.max", "33\n").file("cg/pids/pids.current", "3\n");
  const auto limits = read_limits(tree.root(), 0);
  CHECK_EQ(limits.cgroups.size(), size_t{9});
  CHECK_EQ(limits.cgroups.at(0).version, 1);
  CHECK_EQ(quota(level(limits, "cpu", "/cg/cpu")), "none");
  CHECK_EQ(quota(level(limits, "cpu", "/cg/cpu/a")), "250000/100000");
  CHECK_EQ(quota(level(limits, "cpu", "/cg/cpu/a/b")), "none");
  CHECK_EQ(level(limits, "cpu", "/cg/cpu/a/b").weight, 512);
  CHECK_EQ(cpus(level(limits, "cpuset", "/cg/cpuset/s").cpus), (Cpus{0, 1}));
  CHECK_EQ(cpus(level(limits, "cpuset", "/cg/cpuset").cpus)->size(), size_t{16});
  CHECK_EQ(level(limits, "memory", "/cg/memory/m").memory_limit, 4096000);
  CHECK_EQ(level(limits, "memory", "/cg/memory/m").memory_used, 90000);
  CHECK_EQ(level(limits, "memory", "/cg/memory").memory_limit, std::nullopt);  // 2^63 less a page
  CHECK_EQ(level(limits, "pids", "/cg/pids/p").pids_limit, std::nullopt);
  CHECK_EQ(level(limits, "pids", "/cg/pids").pids_limit, 33);
  CHECK_EQ(level(limits, "pids", "/cg/pids").pids_used, 3);

  tree.file("cg/memory/m/memory.limit_in_bytes", "18446744073709551615\n");
  CHECK_EQ(level(read_limits(tree.root(), 0), "memory", "/cg/memory/m").memory_limit, std::nullopt);
}

void reads_both_versions_at_once() {
  Tree tree;
  tree.file("proc/self/mountinfo",
            "32 31 0:29 / /cg/cpu,cpuacct rw - cgroup cgroup rw,cpu,cpuacct\n"
            "33 31 0:29 / /elsewhere rw - cgroup cgroup rw,cpu,cpuacct\n"
            "41 31 0:38 / /cg/unified rw - cgroup2 cgroup2 rw\n");
  tree.file("proc/self/cgroup", "3:cpu,cpuacct:/one\n0::/two\n").directory("elsewhere/one");
  tree.file("cg/cpu,cpuacct/one/cpu.cfs_quota_us", "50000\n").file("cg/cpu,cpuacct/one/cpu.cfs_period_us", "100000\n");
  tree.file("cg/unified/two/pids.max", "9\n");
  const auto limits = read_limits(tree.root(), 0);
  CHECK_EQ(limits.cgroups.size(), size_t{4});  // the hierarchy that is mounted twice counts once
  CHECK_EQ(quota(level(limits, "cpu", "/cg/cpu,cpuacct/one")), "50000/100000");
  CHECK_EQ(level(limits, "unified", "/cg/unified/two").pids_limit, 9);
}

void reads_old_cpuset_file_systems() {
  Tree tree;
  tree.file("proc/mounts", "none /dev/cpuset cpuset rw 0 0\n").file("proc/self/cpuset", "/batch\n");
  tree.file("dev/cpuset/batch/cpus", "2-3\n").file("dev/cpuset/cpus", "0-3\n");
  CHECK_EQ(cpus(level(read_limits(tree.root(), 0), "cpuset", "/dev/cpuset/batch").cpus), (Cpus{2, 3}));
  tree.file("dev/cpuset/batch/effective_cpus", "3\n");
  CHECK_EQ(cpus(level(read_limits(tree.root(), 0), "cpuset", "/dev/cpuset/batch").cpus), Cpus{3});
  for (const char* damaged : {"", "batch", "..", "\n"}) {
    tree.file("proc/self/cpuset", damaged);
    CHECK_EQ(cpus(level(read_limits(tree.root(), 0), "cpuset", "/dev/cpuset").cpus), (Cpus{0, 1, 2, 3}));
  }
}

void skips_groups_that_are_not_visible() {
  Tree tree;
  tree.file("proc/self/mountinfo", kUnified).file("proc/self/cgroup", "0::/docker/0123/gone (deleted)\n");
  tree.file("sys/fs/cgroup/cpu.max", "150000 100000\n");
  const auto limits = read_limits(tree.root(), 0);
  CHECK_EQ(limits.cgroups.size(), size_t{1});
  CHECK_EQ(quota(level(limits, "unified", "/sys/fs/cgroup")), "150000/100000");
}

// The mount points of another process may be those of its container: ours lead to the files.
void reads_another_process_through_our_mounts() {
  Tree tree;
  tree.file("proc/self/mountinfo", kUnified).file("proc/self/cgroup", "0::/ours\n");
  tree.file("proc/77/mountinfo", "30 22 0:26 /docker/id /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n");
  tree.file("proc/77/cgroup", "0::/docker/id\n").file("sys/fs/cgroup/docker/id/cpu.max", "150000 100000\n");
  const auto limits = read_limits(tree.root(), 77);
  CHECK_EQ(limits.cgroups.size(), size_t{3});
  CHECK_EQ(quota(level(limits, "unified", "/sys/fs/cgroup/docker/id")), "150000/100000");
}

void reads_affinity_and_process_limit() {
  Tree tree;
  tree.file("proc/self/status", "Name:\tx\nCpus_allowed:\t0f,00000001\nCpus_allowed_list:\t0,32-35\n");
  tree.file("proc/self/limits",
            "Limit                     Soft Limit           Hard Limit           Units     \n"
            "Max processes             127                  254                  processes \n");
  auto limits = read_limits(tree.root(), 0);
  CHECK_EQ(cpus(limits.affinity), (Cpus{0, 32, 33, 34, 35}));
  CHECK_EQ(limits.process_limit, 127);
  CHECK_EQ(limits.cgroups.size(), size_t{0});

  tree.file("proc/self/limits", "Max processes             unlimited            unlimited            processes \n");
  tree.file("proc/self/status", "Name:\tCpus_allowed:\\nCpus_allowed:1\nCpus_allowed:\tgarbage\n");
  limits = read_limits(tree.root(), 0);
  CHECK_EQ(limits.process_limit, std::nullopt);
  CHECK_EQ(cpus(limits.affinity), std::nullopt);

  std::string groups = "Name:\tx\nGroups:\t";  // a process may be in 65,536 groups
  for (int group = 0; group < 65536; group++) groups += std::to_string(4000000000u + group) + " ";
  tree.file("proc/self/status", groups + "\nCpus_allowed:\t3\n");
  CHECK_EQ(cpus(read_limits(tree.root(), 0).affinity), (Cpus{0, 1}));
}

void needs_no_file() {
  Tree tree;
  const auto limits = read_limits(tree.root(), 0);
  CHECK_EQ(cpus(limits.affinity), std::nullopt);
  CHECK_EQ(limits.process_limit, std::nullopt);
  CHECK_EQ(limits.cgroups.size(), size_t{0});
}

void reads_this_machine() {
  const auto limits = read_limits("", 0);
  CHECK_EQ(cpus(limits.affinity), governor::affinity(0).cpus());
  struct rlimit own {};
  CHECK_EQ(::getrlimit(RLIMIT_NPROC, &own), 0);
  CHECK_EQ(limits.process_limit.value_or(-1), own.rlim_cur == RLIM_INFINITY ? -1 : static_cast<int64_t>(own.rlim_cur));
  for (const auto& group : limits.cgroups) CHECK(std::filesystem::is_directory(group.path));
  CHECK_EQ(read_limits("", ::getpid()).cgroups.size(), limits.cgroups.size());
}

}  // namespace

int main() {
  reads_quotas_of_all_ancestors();
  reads_cpu_max_in_any_shape();
  reads_everything_of_version_2();
  counts_memory_without_the_reclaimable_cache();
  reads_version_1();
  reads_both_versions_at_once();
  reads_old_cpuset_file_systems();
  skips_groups_that_are_not_visible();
  reads_another_process_through_our_mounts();
  reads_affinity_and_process_limit();
  needs_no_file();
  reads_this_machine();
  return check::result();
}

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>

#include "core/platform/machine.h"
#include "native/helpers/check.h"
#include "native/helpers/tree.h"

using governor::read_topology;
using governor::SetIndex;
using governor::Topology;
using Cpus = std::vector<unsigned>;

namespace {

const std::string kCpus = "sys/devices/system/cpu/";

std::optional<Cpus> set(const Topology& topology, SetIndex index) {
  return index < 0 ? std::nullopt : std::optional(topology.sets.at(static_cast<size_t>(index)).cpus());
}

Cpus numbers(const Topology& topology) {
  Cpus found;
  for (const auto& cpu : topology.cpus) found.push_back(cpu.cpu);
  return found;
}

void two_cores_of_two_threads(Tree& tree) {
  tree.file(kCpus + "online", "0-3\n").file(kCpus + "present", "0-3\n").file(kCpus + "isolated", "2-3\n");
  for (int cpu = 0; cpu < 4; cpu++) {
    const std::string directory = kCpus + "cpu" + std::to_string(cpu) + "/";
    const std::string core_mask = cpu % 2 == 0 ? "5\n" : "a\n", core_list = cpu % 2 == 0 ? "0,2\n" : "1,3\n";
    tree.file(directory + "online", "1\n").file(directory + "cpu_capacity", "1024\n");
    tree.file(directory + "cpufreq/cpuinfo_max_freq", "3200000\n")
        .file(directory + "cpufreq/base_frequency", "1900000\n");
    tree.file(directory + "regs/identification/midr_el1", "0x00000000411fd461\n");
    tree.file(directory + "topology/thread_siblings", core_mask);
    tree.file(directory + "topology/thread_siblings_list", core_list);
    tree.file(directory + "topology/core_siblings", "f\n").file(directory + "topology/core_siblings_list", "0-3\n");
    tree.file(directory + "cache/index0/level", "1\n").file(directory + "cache/index0/type", "Data\n");
    tree.file(directory + "cache/index0/shared_cpu_map", core_mask);
    tree.file(directory + "cache/index3/level", "3\n").file(directory + "cache/index3/type", "Unified\n");
    tree.file(directory + "cache/index3/shared_cpu_list", "0-3\n");
  }
  tree.file("sys/devices/system/node/node0/cpumap", "f\n").file("sys/devices/system/node/node0/cpulist", "0-3\n");
}

void reads_a_machine() {
  Tree tree;
  two_cores_of_two_threads(tree);
  const auto topology = read_topology(tree.root());
  CHECK_EQ(set(topology, topology.online), (Cpus{0, 1, 2, 3}));
  CHECK_EQ(set(topology, topology.present), (Cpus{0, 1, 2, 3}));
  CHECK_EQ(set(topology, topology.isolated), (Cpus{2, 3}));
  CHECK_EQ(numbers(topology), (Cpus{0, 1, 2, 3}));
  const auto& cpu = topology.cpus.at(3);
  CHECK_EQ(cpu.online, true);
  CHECK_EQ(set(topology, cpu.core_cpus), (Cpus{1, 3}));
  CHECK_EQ(set(topology, cpu.package_cpus), (Cpus{0, 1, 2, 3}));
  CHECK_EQ(cpu.capacity, 1024);
  CHECK_EQ(cpu.max_frequency, 3200000);
  CHECK_EQ(cpu.base_frequency, 1900000);
  CHECK_EQ(cpu.midr, 0x411fd461);
  CHECK_EQ(cpu.caches.size(), size_t{2});
  CHECK_EQ(cpu.caches.at(0).level, 1);
  CHECK_EQ(cpu.caches.at(0).type, "Data");
  CHECK_EQ(set(topology, cpu.caches.at(0).cpus), (Cpus{1, 3}));
  CHECK_EQ(set(topology, cpu.caches.at(1).cpus), (Cpus{0, 1, 2, 3}));
  CHECK_EQ(topology.nodes.size(), size_t{1});
  CHECK_EQ(set(topology, topology.nodes.at(0).cpus), (Cpus{0, 1, 2, 3}));
  CHECK(topology.sets.size() < 8);  // each text once
}

void reads_the_names_of_newer_kernels() {
  Tree tree;
  const std::string directory = kCpus + "cpu0/topology/";
  tree.file(directory + "core_cpus_list", "0-1\n").file(directory + "package_cpus", "3\n");
  const auto topology = read_topology(tree.root());
  CHECK_EQ(set(topology, topology.cpus.at(0).core_cpus), (Cpus{0, 1}));
  CHECK_EQ(set(topology, topology.cpus.at(0).package_cpus), (Cpus{0, 1}));
}

void trusts_the_mask() {
  Tree tree;
  two_cores_of_two_threads(tree);
  tree.file(kCpus + "cpu0/topology/thread_siblings_list", "0-3\n");
  tree.file(kCpus + "cpu1/topology/thread_siblings", "no mask\n");
  tree.file("sys/devices/system/node/node0/cpulist", "0\n");
  const auto topology = read_topology(tree.root());
  CHECK_EQ(set(topology, topology.cpus.at(0).core_cpus), (Cpus{0, 2}));
  CHECK_EQ(set(topology, topology.cpus.at(1).core_cpus), (Cpus{1, 3}));
  CHECK_EQ(set(topology, topology.nodes.at(0).cpus), (Cpus{0, 1, 2, 3}));
}

void takes_sparse_numbers_and_offline_cpus() {
  Tree tree;
  tree.file(kCpus + "online", "8,1024\n").file(kCpus + "present", "8,9,1024\n");
  tree.file(kCpus + "cpu1024/online", "1\n").file(kCpus + "cpu9/online", "0\n").directory(kCpus + "cpu8");
  tree.directory(kCpus + "cpufreq").directory(kCpus + "cpuidle").directory(kCpus + "cpu").directory(kCpus + "cpu7x");
  tree.directory(kCpus + "cpu4294967296").directory(kCpus + "cpu65536").directory(kCpus + "cpu-1");
  tree.directory(kCpus + "cpu08").directory(kCpus + "cpu+5").directory(kCpus + "cpu 5");
  const auto topology = read_topology(tree.root());
  CHECK_EQ(numbers(topology), (Cpus{8, 9, 1024}));
  CHECK_EQ(topology.cpus.at(0).online, std::nullopt);
  CHECK_EQ(topology.cpus.at(1).online, false);
  CHECK_EQ(topology.cpus.at(2).online, true);
  CHECK_EQ(topology.cpus.at(1).core_cpus, -1);
  CHECK_EQ(set(topology, topology.online), (Cpus{8, 1024}));
}

void reads_cache_levels() {
  Tree tree;
  const std::string cache = kCpus + "cpu0/cache/index2/";
  tree.file(cache + "level", "2\n").file(cache + "type", "Unified\n");
  CHECK_EQ(read_topology(tree.root()).cpus.at(0).caches.size(), size_t{1});
  for (const char* level : {"0\n", "-1\n", "10\n", "x\n", ""}) {
    tree.file(cache + "level", level);
    CHECK_EQ(read_topology(tree.root()).cpus.at(0).caches.size(), size_t{0});
  }
}

void reads_a_shared_cache_once() {
  Tree tree;
  two_cores_of_two_threads(tree);
  tree.remove(kCpus + "cpu3/cache/index3/level").remove(kCpus + "cpu3/cache/index3/type");  // as CPU 0 has it
  tree.remove(kCpus + "cpu1/cache/index0/level");                                           // CPU 3 has it
  tree.file(kCpus + "cpu2/cache/index1/level", "1\n").file(kCpus + "cpu2/cache/index1/type", "Instruction\n");
  tree.file(kCpus + "cpu2/cache/index1/shared_cpu_map", "5\n");  // the CPUs of index 0, another cache
  const auto topology = read_topology(tree.root());
  CHECK_EQ(topology.cpus.at(3).caches.size(), size_t{2});
  CHECK_EQ(topology.cpus.at(3).caches.at(1).level, 3);
  CHECK_EQ(topology.cpus.at(3).caches.at(1).type, "Unified");
  CHECK_EQ(topology.cpus.at(1).caches.size(), size_t{1});
  CHECK_EQ(topology.cpus.at(2).caches.size(), size_t{3});
  CHECK_EQ(topology.cpus.at(2).caches.at(1).type, "Instruction");
}

void reads_core_types() {
  Tree tree;
  tree.directory(kCpus).file("sys/devices/cpu_core/cpus", "0-1\n").file("sys/devices/cpu_atom/cpus", "2-3\n");
  tree.file("sys/devices/cpu_lowpower/cpus", "nonsense\n");
  const auto topology = read_topology(tree.root());
  CHECK_EQ(topology.types.size(), size_t{2});
  CHECK_EQ(topology.types.at(0).name, "cpu_core");
  CHECK_EQ(set(topology, topology.types.at(1).cpus), (Cpus{2, 3}));
}

void treats_what_is_no_file_as_missing() {
  Tree tree;
  two_cores_of_two_threads(tree);
  const std::string topology_of_0 = kCpus + "cpu0/topology/";
  tree.remove(kCpus + "online").fifo(kCpus + "online");
  tree.remove(kCpus + "present").directory(kCpus + "present");
  tree.remove(kCpus + "isolated").directory(kCpus + "isolated");
  tree.remove(kCpus + "cpu1/online").link(kCpus + "cpu1/online", "online");
  tree.remove(kCpus + "cpu0/cpu_capacity")
      .link(kCpus + "cpu0/cpu_capacity", "a")
      .link(kCpus + "cpu0/a", "cpu_capacity");
  tree.remove(topology_of_0 + "core_siblings").fifo(topology_of_0 + "core_siblings");
  tree.remove(topology_of_0 + "thread_siblings").directory(topology_of_0 + "thread_siblings");
  tree.remove(kCpus + "cpu0/cpufreq/cpuinfo_max_freq").link(kCpus + "cpu0/cpufreq/cpuinfo_max_freq", "/dev/zero");
  tree.remove(kCpus + "cpu0/online").link(kCpus + "cpu0/online", "nowhere");
  tree.remove(kCpus + "cpu1/topology").link(kCpus + "cpu1/topology", "topology");
  tree.remove(kCpus + "cpu2").file(kCpus + "cpu2", "a file\n");
  tree.remove(kCpus + "cpu3/cache").link(kCpus + "cpu3/cache", ".");
  const int writer = ::open((tree.root() + "/" + kCpus + "online").c_str(), O_RDWR | O_CLOEXEC);  // a FIFO in use
  CHECK(writer >= 0);
  const auto topology = read_topology(tree.root());
  ::close(writer);
  CHECK_EQ(set(topology, topology.online), std::nullopt);
  CHECK_EQ(set(topology, topology.present), std::nullopt);
  CHECK_EQ(set(topology, topology.isolated), std::nullopt);
  CHECK_EQ(topology.cpus.at(1).online, std::nullopt);
  CHECK_EQ(numbers(topology), (Cpus{0, 1, 2, 3}));
  const auto& cpu = topology.cpus.at(0);
  CHECK_EQ(set(topology, cpu.package_cpus), (Cpus{0, 1, 2, 3}));  // by its list
  CHECK_EQ(set(topology, cpu.core_cpus), (Cpus{0, 2}));
  CHECK_EQ(cpu.capacity, std::nullopt);
  CHECK_EQ(cpu.max_frequency, std::nullopt);
  CHECK_EQ(cpu.online, std::nullopt);
  CHECK_EQ(topology.cpus.at(1).core_cpus, -1);
  CHECK_EQ(topology.cpus.at(2).core_cpus, -1);
  CHECK_EQ(topology.cpus.at(3).caches.size(), size_t{0});

  tree.remove(kCpus + "online").fifo(kCpus + "online");  // nobody writes
  const auto again = read_topology(tree.root());
  CHECK_EQ(set(again, again.online), std::nullopt);
}

void rejects_a_file_that_is_far_too_long() {
  Tree tree;
  std::string list = "0";
  for (int cpu = 1; list.size() < (8 << 20); cpu++) list += "," + std::to_string(cpu % 1000);
  tree.file(kCpus + "online", list).file(kCpus + "present", "0-1\n");
  tree.file(kCpus + "cpu0/online", std::string(8 << 20, ' ') + "1\n");
  tree.file(kCpus + "cpu0/topology/thread_siblings", std::string(8 << 20, 'f'));
  const auto topology = read_topology(tree.root());
  CHECK_EQ(set(topology, topology.online), std::nullopt);
  CHECK_EQ(set(topology, topology.present), (Cpus{0, 1}));
  CHECK_EQ(topology.cpus.at(0).online, std::nullopt);
  CHECK_EQ(topology.cpus.at(0).core_cpus, -1);
}

void takes_every_second_cpu_of_a_wide_machine() {
  Tree tree;
  std::string list = "0";
  for (int cpu = 2; cpu < 8192; cpu += 2) list += "," + std::to_string(cpu);
  tree.file(kCpus + "online", list + "\n");
  const auto topology = read_topology(tree.root());
  CHECK_EQ(set(topology, topology.online)->size(), size_t{4096});
  CHECK_EQ(set(topology, topology.online)->back(), 8190u);
}

void refuses_more_sets_than_a_machine_has() {
  Tree tree;
  const char* const files[] = {"thread_siblings_list", "core_siblings_list"};
  for (int i = 0; i < 4400; i++) {  // 6 bytes each, and 8 KiB as a set
    tree.file(kCpus + "cpu" + std::to_string(i / 2) + "/topology/" + files[i % 2], std::to_string(65535 - i));
  }
  CHECK_FAILS(read_topology(tree.root()), EFBIG, "read");
}

void refuses_more_members_than_a_machine_has() {
  Tree tree;
  for (int cpu = 0; cpu < 40; cpu++) {
    tree.file(kCpus + "cpu" + std::to_string(cpu) + "/topology/core_siblings_list", "0-" + std::to_string(65535 - cpu));
  }
  CHECK_FAILS(read_topology(tree.root()), EFBIG, "read");
}

void rejects_a_cpu_that_no_machine_has() {
  Tree tree;
  tree.file(kCpus + "online", "0-65536\n").file(kCpus + "present", "0-65535\n");
  const auto topology = read_topology(tree.root());
  CHECK_EQ(topology.online, -1);
  CHECK_EQ(set(topology, topology.present)->size(), size_t{65536});
}

void reports_what_is_missing() {
  Tree tree;
  CHECK_FAILS(read_topology(tree.root()), ENOENT, "open");
  CHECK_FAILS(read_topology(tree.root() + "/none"), ENOENT, "open");
  tree.file(kCpus.substr(0, kCpus.size() - 1), "a file\n");
  CHECK_FAILS(read_topology(tree.root()), ENOTDIR, "open");
  tree.remove("sys/devices/system/cpu").link("sys/devices/system/cpu", "cpu");
  CHECK_FAILS(read_topology(tree.root()), ELOOP, "open");
  tree.remove("sys/devices/system/cpu").directory(kCpus);
  CHECK_EQ(read_topology(tree.root()).cpus.size(), size_t{0});
  CHECK_EQ(read_topology(tree.root()).online, -1);
  CHECK_FAILS(read_topology("/" + std::string(5000, 'a')), ENAMETOOLONG, "open");
}

void reads_this_machine() {
  const auto topology = read_topology("");
  const auto online = set(topology, topology.online);
  CHECK(online.has_value());
  CHECK_EQ(static_cast<long>(online->size()), ::sysconf(_SC_NPROCESSORS_ONLN));
  for (const auto& record : topology.cpus) {
    const auto core = set(topology, record.core_cpus);
    if (core && !core->empty()) CHECK(std::find(core->begin(), core->end(), record.cpu) != core->end());
  }
}

}  // namespace

int main() {
  reads_a_machine();
  reads_the_names_of_newer_kernels();
  trusts_the_mask();
  takes_sparse_numbers_and_offline_cpus();
  reads_cache_levels();
  reads_a_shared_cache_once();
  reads_core_types();
  treats_what_is_no_file_as_missing();
  rejects_a_file_that_is_far_too_long();
  takes_every_second_cpu_of_a_wide_machine();
  refuses_more_sets_than_a_machine_has();
  refuses_more_members_than_a_machine_has();
  rejects_a_cpu_that_no_machine_has();
  reports_what_is_missing();
  reads_this_machine();
  return check::result();
}

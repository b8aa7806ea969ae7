// The topology reader over two CPUs, one with the file names of older kernels and one with those of newer ones, and a
// third whose name, too, comes out of the input.
#include <sys/stat.h>

#include <algorithm>

#include "core/platform/machine.h"
#include "fuzz/tree.h"

using namespace governor;

static const std::string kCpus = "sys/devices/system/cpu/";

static std::vector<std::string> files() {
  std::vector<std::string> names = {kCpus + "online",
                                    kCpus + "present",
                                    kCpus + "isolated",
                                    "sys/devices/system/node/node0/cpumap",
                                    "sys/devices/system/node/node1/cpulist",
                                    "sys/devices/cpu_core/cpus",
                                    "sys/devices/cpu_atom/cpus"};
  for (const char* name :
       {"cpu0/online", "cpu0/cpu_capacity", "cpu0/cpufreq/cpuinfo_max_freq", "cpu0/topology/thread_siblings",
        "cpu0/topology/thread_siblings_list", "cpu0/topology/core_siblings", "cpu0/cache/index0/level",
        "cpu0/cache/index0/type", "cpu0/cache/index0/shared_cpu_map", "cpu0/cache/index3/level",
        "cpu0/cache/index3/type", "cpu0/cache/index3/shared_cpu_list", "cpu1/online", "cpu1/topology/core_cpus",
        "cpu1/topology/core_cpus_list", "cpu1/topology/package_cpus_list", "cpu1/cache/index3/level",
        "cpu1/cache/index3/type", "cpu1/cache/index3/shared_cpu_list"}) {
    names.push_back(kCpus + name);
  }
  return names;
}

static bool is_a_name(std::string_view text) {
  return !text.empty() && text.size() <= 64 && text != "." && text != ".." &&
         text.find_first_of(std::string_view("/\0", 2)) == std::string_view::npos;
}

static void check(const Topology& topology) {
  const auto is_index = [&](SetIndex index) { return index >= -1 && index < static_cast<int>(topology.sets.size()); };
  for (const auto& set : topology.sets) fuzz::check_set(set);
  INVARIANT(is_index(topology.online) && is_index(topology.present) && is_index(topology.isolated));
  unsigned above = 0;
  for (const auto& cpu : topology.cpus) {
    INVARIANT(cpu.cpu >= above && cpu.cpu <= Cpuset::kLargest);
    above = cpu.cpu + 1;
    INVARIANT(is_index(cpu.core_cpus) && is_index(cpu.package_cpus));
    for (const auto& cache : cpu.caches) {
      INVARIANT(is_index(cache.cpus) && cache.level >= 1 && cache.level <= 9);
    }
  }
  for (const auto& node : topology.nodes) INVARIANT(is_index(node.cpus));
  for (const auto& type : topology.types) INVARIANT(is_index(type.cpus) && type.cpus >= 0);
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static fuzz::Tree tree(files());
  const auto parts = fuzz::sections({reinterpret_cast<const char*>(data), size});
  tree.fill(parts, 1);
  const bool named = is_a_name(parts[0]);
  const std::string third = tree.root() + "/" + kCpus + std::string(parts[0]);
  const bool made = named && ::mkdir(third.c_str(), 0700) == 0;
  const auto topology = read_topology(tree.root());
  if (made) ::rmdir(third.c_str());
  check(topology);
  const auto has = [&](unsigned number) {
    return std::any_of(topology.cpus.begin(), topology.cpus.end(), [&](const auto& cpu) { return cpu.cpu == number; });
  };
  INVARIANT(has(0) && has(1) && topology.cpus.size() <= 3);
  return 0;
}

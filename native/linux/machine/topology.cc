// /sys/devices/system/{cpu,node}: Documentation/ABI/testing/sysfs-devices-system-cpu and
// Documentation/admin-guide/cputopology.rst of the kernel. Reports what the files
// say; lib/core/machine/topology.ts decides what to trust.
#include <errno.h>

#include <bit>
#include <map>
#include <unordered_map>

#include "core/platform/machine.h"
#include "core/text.h"
#include "linux/procfs/files.h"

namespace governor {
namespace {

using linux_os::Directory;

// Sets by their text: a machine with 256 CPUs has thousands of files but few different sets.
class SetTable {
 public:
  explicit SetTable(std::vector<Cpuset>& sets) : sets_(sets) {}

  SetIndex list(const std::optional<std::string>& text) { return find(lists_, text, Cpuset::from_list); }
  SetIndex mask(const std::optional<std::string>& text) { return find(masks_, text, Cpuset::from_mask); }

  // The kernel gives each set twice. If they differ (an edited recording), the mask is right.
  SetIndex either(const Directory& directory, const std::string& mask_file, const std::string& list_file) {
    const SetIndex found = mask(directory.read(mask_file));
    return found >= 0 ? found : list(directory.read(list_file));
  }

 private:
  using Known = std::unordered_map<std::string, SetIndex>;

  SetIndex find(Known& known, const std::optional<std::string>& text,
                std::optional<Cpuset> (*parse)(std::string_view)) {
    if (!text) return -1;
    const auto [entry, is_new] = known.try_emplace(*text, -1);
    if (is_new) {
      if (auto set = linux_os::believed(parse(*text))) {
        words_ += set->words().size();
        for (const auto word : set->words()) members_ += static_cast<size_t>(std::popcount(word));
        if (words_ > kMostWords || members_ > kMostMembers) {
          throw OsError{EFBIG, "read", "sys/devices/system/cpu, which has more CPU sets than a machine"};
        }
        entry->second = static_cast<SetIndex>(sets_.size());
        sets_.push_back(std::move(*set));
      }
    }
    return entry->second;
  }

  // 32 MiB, and 16 MiB of numbers in JavaScript. 8,192 CPUs with four sets each need that many words; on real machines
  // each CPU is a member of about ten sets (core, caches, package, node). Ten bytes of damaged text may ask for 8 KiB.
  static constexpr size_t kMostWords = size_t{1} << 22, kMostMembers = size_t{1} << 21;

  std::vector<Cpuset>& sets_;
  size_t words_ = 0, members_ = 0;
  Known lists_, masks_;
};

// The caches of a CPU. Each of its CPUs lists a shared cache under the same index: its level and type are read once.
class CacheReader {
 public:
  explicit CacheReader(SetTable& sets) : sets_(sets) {}

  std::vector<CpuCache> read(const Directory& cpu) {
    std::vector<CpuCache> caches;
    const auto directory = cpu.open_below("cache");
    if (!directory) return caches;
    for (const unsigned index : directory->numbered("index")) {
      const std::string cache = "index" + std::to_string(index) + "/";
      const SetIndex cpus = sets_.either(*directory, cache + "shared_cpu_map", cache + "shared_cpu_list");
      if (const auto known = known_.find({index, cpus}); known != known_.end()) {
        caches.push_back(known->second);
        continue;
      }
      const auto level = directory->read_number(cache + "level");
      const auto type = level ? directory->read(cache + "type") : std::nullopt;
      if (!type || *level < 1 || *level > 9) continue;
      caches.push_back({static_cast<int>(*level), std::string(trimmed(*type)), cpus});
      if (cpus >= 0) known_.emplace(std::pair(index, cpus), caches.back());
    }
    return caches;
  }

 private:
  SetTable& sets_;
  std::map<std::pair<unsigned, SetIndex>, CpuCache> known_;
};

CpuRecord read_cpu(const Directory& cpus, unsigned number, SetTable& sets, CacheReader& caches) {
  CpuRecord record{.cpu = number};
  const auto cpu = cpus.open_below(("cpu" + std::to_string(number)).c_str());
  if (!cpu) return record;
  const auto set = [&](const char* mask, const char* list) { return sets.either(*cpu, mask, list); };
  if (const auto online = cpu->read_number("online")) record.online = *online != 0;
  record.core_cpus = set("topology/thread_siblings", "topology/thread_siblings_list");
  if (record.core_cpus < 0) record.core_cpus = set("topology/core_cpus", "topology/core_cpus_list");
  record.package_cpus = set("topology/core_siblings", "topology/core_siblings_list");
  if (record.package_cpus < 0) record.package_cpus = set("topology/package_cpus", "topology/package_cpus_list");
  record.capacity = cpu->read_number("cpu_capacity");
  if (const auto frequency = cpu->open_below("cpufreq")) {
    record.max_frequency = frequency->read_number("cpuinfo_max_freq");
    record.base_frequency = frequency->read_number("base_frequency");
  }
  record.midr = cpu->read_hexadecimal("regs/identification/midr_el1");
  record.caches = caches.read(*cpu);
  return record;
}

}  // namespace

Topology read_topology(const std::string& root) {
  const auto top = Directory::open(root.empty() ? "/" : root);
  if (!top) throw OsError{errno, "open", root};
  const auto system = top->open_below("sys/devices/system/cpu");
  if (!system) throw OsError{errno, "open", root + "/sys/devices/system/cpu"};

  Topology topology;
  SetTable sets(topology.sets);
  CacheReader caches(sets);
  topology.online = sets.list(system->read("online"));
  topology.present = sets.list(system->read("present"));
  topology.isolated = sets.list(system->read("isolated"));
  for (const unsigned number : system->numbered("cpu")) {
    if (number > linux_os::kLargestCpu) continue;
    topology.cpus.push_back(read_cpu(*system, number, sets, caches));
  }
  if (const auto nodes = top->open_below("sys/devices/system/node")) {
    for (const unsigned number : nodes->numbered("node")) {
      const auto node = nodes->open_below(("node" + std::to_string(number)).c_str());
      if (node) topology.nodes.push_back({number, sets.either(*node, "cpumap", "cpulist")});
    }
  }
  for (const char* type : {"cpu_core", "cpu_atom", "cpu_lowpower"}) {
    const SetIndex cpus = sets.list(top->read("sys/devices/" + std::string(type) + "/cpus"));
    if (cpus >= 0) topology.types.push_back({type, cpus});
  }
  return topology;
}

}  // namespace governor

// /sys/devices/system/{cpu,node}: Documentation/ABI/testing/sysfs-devices-system-cpu and
// Documentation/admin-guide/cputopology.rst of the kernel. What is there is told as it is;
// which of it to believe is decided in lib/core/topology.ts.
#include <errno.h>

#include <unordered_map>

#include "core/platform.h"
#include "linux/files.h"

namespace governor {
namespace {

using linux_os::Directory;

// Sets by their text: a machine of 256 CPUs has thousands of files but few different sets.
class SetTable {
 public:
  explicit SetTable(std::vector<Cpuset>& sets) : sets_(sets) {}

  SetIndex list(const std::optional<std::string>& text) { return find(lists_, text, Cpuset::from_list); }
  SetIndex mask(const std::optional<std::string>& text) { return find(masks_, text, Cpuset::from_mask); }

  // The kernel gives each set twice. Where the two differ (an edited recording), the mask is right.
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
      if (auto set = parse(*text)) {
        words_ += set->words().size();
        if (words_ > kMostWords) throw OsError{EFBIG, "read", "CPU sets, more than a machine has"};
        entry->second = static_cast<SetIndex>(sets_.size());
        sets_.push_back(std::move(*set));
      }
    }
    return entry->second;
  }

  // 128 MiB. Eight sets of its own for each of 8,192 CPUs are half of that; a text of ten bytes can ask for 128 KiB.
  static constexpr size_t kMostWords = size_t{1} << 24;

  std::vector<Cpuset>& sets_;
  size_t words_ = 0;
  Known lists_, masks_;
};

// "32K", "12288K", "1M" as bytes.
std::optional<int64_t> size_in_bytes(const std::optional<std::string>& text) {
  if (!text) return std::nullopt;
  auto digits = linux_os::trimmed(*text);
  if (digits.empty()) return std::nullopt;
  int64_t unit = 1;
  if (digits.back() == 'K') unit = 1024;
  if (digits.back() == 'M') unit = 1024 * 1024;
  if (digits.back() == 'G') unit = 1024 * 1024 * 1024;
  if (unit > 1) digits.remove_suffix(1);
  const auto value = linux_os::number(digits);
  if (!value || *value < 0 || *value > (int64_t{1} << 40) / unit) return std::nullopt;
  return *value * unit;
}

std::vector<CpuCache> read_caches(const Directory& cpu, SetTable& sets) {
  std::vector<CpuCache> caches;
  const auto directory = cpu.open_below("cache");
  if (!directory) return caches;
  for (const unsigned index : directory->numbered("index")) {
    const std::string cache = "index" + std::to_string(index) + "/";
    const auto level = directory->read_number(cache + "level");
    const auto type = level ? directory->read(cache + "type") : std::nullopt;
    if (!type || *level < 1 || *level > 9) continue;
    caches.push_back({static_cast<int>(*level), std::string(linux_os::trimmed(*type)),
                      size_in_bytes(directory->read(cache + "size")),
                      sets.either(*directory, cache + "shared_cpu_map", cache + "shared_cpu_list")});
  }
  return caches;
}

CpuRecord read_cpu(const Directory& cpus, unsigned number, SetTable& sets) {
  CpuRecord record{.cpu = number};
  const auto cpu = cpus.open_below(("cpu" + std::to_string(number)).c_str());
  if (!cpu) return record;
  const auto set = [&](const char* mask_file, const char* list_file) { return sets.either(*cpu, mask_file, list_file); };
  if (const auto online = cpu->read_number("online")) record.online = *online != 0;
  record.core_id = cpu->read_number("topology/core_id");
  record.package_id = cpu->read_number("topology/physical_package_id");
  record.core_cpus = set("topology/thread_siblings", "topology/thread_siblings_list");
  if (record.core_cpus < 0) record.core_cpus = set("topology/core_cpus", "topology/core_cpus_list");
  record.package_cpus = set("topology/core_siblings", "topology/core_siblings_list");
  if (record.package_cpus < 0) record.package_cpus = set("topology/package_cpus", "topology/package_cpus_list");
  record.die_cpus = set("topology/die_cpus", "topology/die_cpus_list");
  record.cluster_cpus = set("topology/cluster_cpus", "topology/cluster_cpus_list");
  record.capacity = cpu->read_number("cpu_capacity");
  record.max_frequency = cpu->read_number("cpufreq/cpuinfo_max_freq");
  record.caches = read_caches(*cpu, sets);
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
  topology.online = sets.list(system->read("online"));
  topology.present = sets.list(system->read("present"));
  topology.isolated = sets.list(system->read("isolated"));
  for (const unsigned number : system->numbered("cpu")) {
    if (number > Cpuset::kLargest) continue;
    topology.cpus.push_back(read_cpu(*system, number, sets));
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

// What a machine has: CPUs, caches, NUMA nodes, limits, memory, interrupts, PCI devices.
//
// The headers of core/platform are the questions that every platform answers: one directory (native/linux,
// native/unsupported) implements them, and the build compiles one. Every function throws OsError. A field that the
// system does not report is an empty optional, or -1 if the field is an index.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/cpuset.h"
#include "core/error.h"

namespace governor {

struct CpuCache {
  int level;
  std::string type;  // "Data", "Instruction", "Unified"
  SetIndex cpus;
};

struct CpuRecord {
  unsigned cpu;
  std::optional<bool> online{};  // the CPU's own switch, if it has one
  SetIndex core_cpus = -1, package_cpus = -1;
  std::optional<int64_t> capacity{};                         // the scheduler's; 1024 = the most capable CPU
  std::optional<int64_t> max_frequency{}, base_frequency{};  // kHz
  std::optional<int64_t> midr{};                             // MIDR_EL1, the model of an ARM core
  std::vector<CpuCache> caches{};
};

struct NodeRecord {
  unsigned node;
  SetIndex cpus = -1;
};

// CPUs of one core type, by the name of its performance counters ("cpu_core", "cpu_atom").
struct CpuType {
  std::string name;
  SetIndex cpus = -1;
};

struct Topology {
  std::vector<Cpuset> sets;  // each different set once; a SetIndex points here
  SetIndex online = -1, present = -1;
  SetIndex isolated = -1;  // CPUs that the scheduler does not balance: isolcpus=
  std::vector<CpuRecord> cpus;
  std::vector<NodeRecord> nodes;
  std::vector<CpuType> types;
};

struct Quota {
  int64_t quota, period;  // microseconds
};

// One control group of one controller, from the process's own group up to the mount point.
struct CgroupLevel {
  int version;                      // 1 or 2
  std::string controller;           // version 1: "cpu", "cpuset", "memory" or "pids"; version 2: "unified"
  std::string path;                 // directory, below the root that was read
  std::optional<Quota> quota{};     // of CPU time
  std::optional<int64_t> weight{};  // cpu.weight, or cpu.shares of version 1
  std::optional<Cpuset> cpus{};
  std::optional<int64_t> memory_limit{}, memory_used{};  // bytes; used without the reclaimable file cache
  std::optional<int64_t> pids_limit{}, pids_used{};
};

struct Limits {
  std::optional<Cpuset> affinity;
  std::optional<int64_t> process_limit;  // RLIMIT_NPROC, soft
  std::vector<CgroupLevel> cgroups;
};

struct Memory {
  std::optional<int64_t> total, available;  // bytes
};

// Device interrupts that a CPU has served since boot.
struct InterruptCount {
  unsigned cpu;
  int64_t count;
};

struct PciDevice {
  std::string address;    // "0000:3b:00.0"
  unsigned device_class;  // base class, subclass, programming interface: 0x030200
  unsigned vendor;
  std::optional<unsigned> device{};
  std::optional<int64_t> numa_node{};  // as in the file, where -1 means unknown
  std::optional<Cpuset> local_cpus{};
};

// CPU time that a control group's quota has refused.
struct Throttling {
  int64_t periods, throttled_periods;
  int64_t throttled_time;  // nanoseconds, summed over CPUs
};

const char* platform_name();

// root: "" for this machine, or the directory of a recorded one.
Topology read_topology(const std::string& root);
// pid: 0 for the calling process.
Limits read_limits(const std::string& root, int pid);
Memory read_memory(const std::string& root);
std::optional<std::vector<InterruptCount>> read_interrupts(const std::string& root);
// Devices of these classes (base class and subclass: 0x0302) made by these vendors.
std::vector<PciDevice> read_pci(const std::string& root, const std::vector<unsigned>& classes,
                                const std::vector<unsigned>& vendors);
// Of the control group in this directory; nullopt if it has no such figures.
std::optional<Throttling> read_throttling(const std::string& group);

}  // namespace governor

// The questions that each platform answers. One directory implements them; the build compiles one.
// Every function throws OsError. A field that the system does not tell is an empty optional, or -1
// where the field is an index into a table of sets.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/cpuset.h"
#include "core/error.h"

namespace governor {

using SetIndex = int;  // into Topology::sets; -1 = not told

struct CpuCache {
  int level;
  std::string type;  // "Data", "Instruction", "Unified"
  SetIndex cpus;
};

struct CpuRecord {
  unsigned cpu;
  std::optional<bool> online{};  // the CPU's own switch, where it has one
  SetIndex core_cpus = -1, package_cpus = -1;
  std::optional<int64_t> capacity{};       // scheduler's, 1024 = the most capable
  std::optional<int64_t> max_frequency{}, base_frequency{};  // kHz
  std::optional<int64_t> midr{};           // the model, of an ARM core
  std::vector<CpuCache> caches{};
};

struct NodeRecord {
  unsigned node;
  SetIndex cpus = -1;
};

// CPUs of one core type by the name of its performance counters ("cpu_core", "cpu_atom").
struct CpuType {
  std::string name;
  SetIndex cpus = -1;
};

struct Topology {
  std::vector<Cpuset> sets;
  SetIndex online = -1, present = -1;
  std::vector<CpuRecord> cpus;
  std::vector<NodeRecord> nodes;
  std::vector<CpuType> types;
};

struct Quota {
  int64_t quota, period;  // microseconds
};

// One control group of one controller, from the process's own group up to the mount point.
struct CgroupLevel {
  int version;             // 1 or 2
  std::string controller;  // "cpu", "cpuset", "memory", "pids"; of version 2 "unified"
  std::string path;        // directory, below the root that was read
  std::optional<Quota> quota{};
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

// Interrupts of devices that a CPU has served since the start of the machine.
struct InterruptCount {
  unsigned cpu;
  int64_t count;
};

struct PciDevice {
  std::string address;  // "0000:3b:00.0"
  unsigned device_class;  // base class, subclass, programming interface: 0x030200
  unsigned vendor;
  std::optional<unsigned> device{};
  std::optional<int64_t> numa_node{};  // as it stands there: -1 = not told
  std::optional<Cpuset> local_cpus{};
};

// Of a thread: the kernel's MPOL_ number with its flags, and the NUMA nodes that it is about.
struct MemoryPolicy {
  int mode;
  Cpuset nodes;
};

struct Process {
  int pid, ppid;
  char state;
  bool kernel;
  std::string comm;
  int64_t threads;
  int64_t cpu_time;    // clock ticks, user + system
  int64_t start_time;  // clock ticks since boot; (pid, start_time) is the identity
};

struct Thread {
  int tid;
  char state;
  std::string comm;
  int64_t cpu_time;
  int64_t start_time;
  std::optional<Cpuset> affinity;
};

enum class ProcessText { kCommandLine, kEnvironment };

const char* platform_name();

// root: "" for this machine, or the directory of a recorded one.
Topology read_topology(const std::string& root);
// pid: 0 for the calling process.
Limits read_limits(const std::string& root, int pid);
Memory read_memory(const std::string& root);
std::optional<std::vector<InterruptCount>> read_interrupts(const std::string& root);
// Devices of these classes (base class and subclass: 0x0302) that these vendors made.
std::vector<PciDevice> read_pci(const std::string& root, const std::vector<unsigned>& classes,
                                const std::vector<unsigned>& vendors);

int thread_id();
Cpuset affinity(int tid);                        // tid 0: the calling thread
void set_affinity(int tid, const Cpuset& cpus);  // what the kernel made of it: read it back

// Of the calling thread, and of all that it starts from then on.
MemoryPolicy memory_policy();
void set_memory_policy(int mode, const Cpuset& nodes);

std::vector<Process> processes();  // of the whole machine, as far as visible
std::optional<Process> process(int pid);
std::vector<Thread> threads(int pid);
std::vector<std::string> process_text(int pid, ProcessText which);
std::string executable(int pid);

int64_t open_files_limit(int pid);              // soft RLIMIT_NOFILE; pid 0: the calling process; -1: none
void set_open_files_limit(int64_t soft);

// Whether the controlling terminal sends its signals to the calling process's group.
bool in_foreground();

}  // namespace governor

// The questions that each platform answers. One directory implements them; the build compiles one.
// Every function throws OsError. A field that the system does not tell is an empty optional, or -1
// where the field is an index into a table of sets.
#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
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
  std::optional<int64_t> capacity{};                         // scheduler's, 1024 = the most capable
  std::optional<int64_t> max_frequency{}, base_frequency{};  // kHz
  std::optional<int64_t> midr{};                             // the model, of an ARM core
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
  std::string address;    // "0000:3b:00.0"
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

// A process of a tree that is followed.
struct FollowedProcess {
  int pid, ppid;
  int64_t start_time;
  std::string comm;
  int64_t image;  // differs from one exec to the next
  bool active;    // it has worked of late
};

// A process tree that is looked at all the time, until this object goes.
class FollowedTree {
 public:
  virtual ~FollowedTree() = default;
  // The processes that have worked, or lived, for long enough to matter; parents before their children.
  virtual std::vector<FollowedProcess> tree() = 0;
  // A pipe's end that has a byte to read when tree() tells something else than at the last call. The caller closes it.
  int changes() const { return changes_; }

 protected:
  int changes_ = -1;
};

struct Thread {
  int tid;
  char state;
  std::string comm;
  int64_t cpu_time;
  int64_t start_time;
  std::optional<Cpuset> affinity;
};

// A thread, and what it has had and wanted of the CPUs since it started.
struct ThreadSample {
  int pid, tid;
  int64_t start_time;  // clock ticks since boot; (tid, start_time) is the identity
  int64_t read_at;     // nanoseconds of the monotonic clock, when its figures were read
  char state;
  int last_cpu;                          // the one that it ran on last
  int name;                              // index into ThreadSamples::names
  SetIndex affinity;                     // into ThreadSamples::sets; -1 = it ended meanwhile
  std::optional<int64_t> run{}, wait{};  // nanoseconds on a CPU, and ready but waiting for one
  std::optional<int64_t> slices{};       // times it was given a CPU
};

struct ThreadSamples {
  std::vector<Cpuset> sets;
  std::vector<std::string> names;
  std::vector<ThreadSample> threads;  // processes in the order asked for; those that ended are left out
};

// How often a thread has left a CPU by itself (to wait for something), and how often it was made to.
struct Switches {
  int tid;
  int64_t read_at;
  int64_t voluntary, involuntary;
};

// A file that a process has mapped as a program or library.
struct Module {
  std::string path;  // as the process sees it
  bool deleted;      // or replaced since: its names cannot be told
};

// A function that threads start in, or a table of functions of the object they were started with.
struct Routine {
  int module = -1;                // index into ProcessOwners::modules; -1 = in no file (generated code, unmapped)
  uint64_t address = 0;           // in the file's own numbering; in the process's where there is no file
  std::string symbol{};           // that covers the address; empty = none does
  std::string before{}, after{};  // the nearest symbols around it, where none covers it
};

enum class ThreadKind {
  kMain,      // the process's first thread
  kPthread,   // found by its thread descriptor
  kGo,        // made by Go's runtime
  kClone,     // made by a bare clone(2): it has no thread descriptor
  kStarting,  // just starting or ending: its descriptor is not there
  kDenied,    // not permitted to look
  kGone,      // it ended meanwhile
  kUnclear,   // a descriptor that does not say where the thread started
};

struct ThreadOwner {
  int tid;
  ThreadKind kind;
  int start = -1;     // index into ProcessOwners::routines: where it started
  int argument = -1;  // the same: what the first word of its argument points to, where that lies in a module
  int working_for =
      -1;  // index into ProcessOwners::modules: whose functions it was called to run, as far as its stack tells
};

// The value of a variable that a module exports.
struct ModuleVariable {
  int module;
  std::string symbol;
  int64_t value;
};

struct ProcessOwners {
  int pid;
  int denied = 0;  // errno where the process may not be looked into
  std::vector<Module> modules;
  std::vector<Routine> routines;
  std::vector<ThreadOwner> threads;
  std::vector<ModuleVariable> variables;
};

// CPU time that was refused by the quota of control groups.
struct Throttling {
  int64_t periods, throttled_periods;
  int64_t throttled_time;  // nanoseconds, summed over CPUs
};

// How a program starts, and what the user's shell would have given it.
struct Start {
  std::string program;                              // its path
  std::vector<std::string> arguments, environment;  // the first argument is its name; "NAME=VALUE"
  std::string directory{};                          // empty: ours
  Cpuset cpus{};                                    // empty: ours
  std::optional<MemoryPolicy> memory{};             // left out where it is refused
  int64_t open_files = -1;                          // soft RLIMIT_NOFILE; -1: as many as may be
  uint64_t ignored_signals = 0;                     // bit n - 1: signal n
  std::vector<int> descriptors{};  // besides the standard streams; those that are not open are left out
};

// The process that starts the ranks of a launch, and outlives it until none of their descendants is left; and its
// keeper, which sees to that where the warden is killed.
struct Warden {
  int pid;      // the keeper's, whose child the warden is
  int control;  // a socket: commands are sent, and records of four 32-bit numbers read: event, rank, value, 0
};
// value: -, signal, milliseconds from SIGTERM to SIGKILL, -
enum class WardenCommand { kStart, kSignal, kFinish, kLeave };
enum class WardenEvent { kStarted, kNotStarted, kEnded, kFinished };  // value: pid, errno, status of wait(2), -

struct Pipe {
  int read, write;  // the reading end does not block
};

// A free port that is kept from others until the descriptor is closed.
struct HeldPort {
  int port, descriptor;
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
std::unique_ptr<FollowedTree> follow_tree(int pid);
ThreadSamples sample_threads(const std::vector<int>& pids);
std::vector<Switches> read_switches(const std::vector<int>& tids);
// Who made these threads of each process. `variables`: names of exported 32-bit variables whose values are wanted;
// "name()" is the variable that the exported function of that name returns.
std::vector<ProcessOwners> read_owners(const std::vector<std::pair<int, std::vector<int>>>& processes,
                                       const std::vector<std::string>& variables);
// Of the control group in this directory; nullopt where it has no such figures.
std::optional<Throttling> read_throttling(const std::string& group);
std::vector<std::string> process_text(int pid, ProcessText which);
std::string executable(int pid);

int64_t open_files_limit(int pid);  // soft RLIMIT_NOFILE; pid 0: the calling process; -1: none

[[noreturn]] void become(const Start& start);  // exec: the same process from then on
// keep: descriptors that both hold open as long as they live, as we do.
Warden start_warden(const std::vector<Start>& starts, const std::vector<int>& keep);
// Once its socket has ended, and so both of them: it is reaped.
void await_warden(int pid);
// From then on the calling process is the parent of what its descendants leave behind, were it not for a nearer one.
void adopt_orphans();
// Kills the children of the calling process and reaps those that have ended; whether any is left, as those of the
// killed ones become ours only then.
bool kill_children();
// stdio: three descriptors for a rank that starts, which the caller may close afterwards; else none.
void command_warden(int control, WardenCommand command, int rank, int value, const std::vector<int>& stdio);
Pipe make_pipe();
HeldPort hold_port();

// Locks that live as long as any process has this very opening of the directory or file open. Each answers at once.
bool lock_directory(int directory);  // false: somebody else has it
bool lock_file(int file);            // open for writing; false: somebody else has it
bool is_locked(int file);            // by one who may write it, other than through this opening

// Whether the controlling terminal sends its signals to the calling process's group.
bool in_foreground();

}  // namespace governor

// Processes and threads: what runs, since when, and how much CPU time it got and wanted.
#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/cpuset.h"
#include "core/error.h"

namespace governor {

struct Process {
  int pid, ppid;
  int group, session;  // pids of their leaders
  char state;
  bool kernel;  // a kernel thread
  std::string comm;
  int64_t threads;
  int64_t cpu_time;    // clock ticks, user + system
  int64_t start_time;  // clock ticks since boot; (pid, start_time) is the identity
};

// A process of a followed tree.
struct FollowedProcess {
  int pid, ppid;
  int64_t start_time;
  std::string comm;
  int64_t image;  // differs from one exec to the next
  bool active;    // it has worked recently
};

// A process tree that is watched until this object is destroyed.
class FollowedTree {
 public:
  FollowedTree() = default;
  FollowedTree(const FollowedTree&) = delete;
  FollowedTree& operator=(const FollowedTree&) = delete;
  virtual ~FollowedTree() = default;
  // The processes that have worked, or lived, long enough to matter; parents before their children.
  virtual std::vector<FollowedProcess> tree() = 0;
  // The reading end of a pipe that has a byte when tree() differs from the last call. The caller closes it.
  int changes() const { return changes_; }

 protected:
  int changes_ = -1;
};

struct Thread {
  int tid;
  char state;
  std::string comm;
  int64_t cpu_time;    // clock ticks, user + system
  int64_t start_time;  // clock ticks since boot
  std::optional<Cpuset> affinity;
};

// A thread, and the CPU time it has got and waited for since it started.
struct ThreadSample {
  int pid, tid;
  int64_t start_time;  // clock ticks since boot; (tid, start_time) is the identity
  int64_t read_at;     // nanoseconds of the monotonic clock, when the figures were read
  char state;
  int last_cpu;                          // the CPU it last ran on
  int name;                              // index into ThreadSamples::names
  SetIndex affinity;                     // into ThreadSamples::sets; -1 = the thread has ended
  std::optional<int64_t> run{}, wait{};  // nanoseconds on a CPU, and ready but waiting for one
  std::optional<int64_t> slices{};       // times it was given a CPU
};

struct ThreadSamples {
  std::vector<Cpuset> sets;
  std::vector<std::string> names;
  std::vector<ThreadSample> threads;  // in the order of the pids asked for, without those that have ended
};

// How often a thread left a CPU by itself (to wait for something), and how often it was made to.
struct Switches {
  int tid;
  int64_t read_at;  // nanoseconds of the monotonic clock
  int64_t voluntary, involuntary;
};

enum class ProcessText { kCommandLine, kEnvironment };

std::vector<Process> processes();  // of the whole machine, as far as we can see it
std::optional<Process> process(int pid);
std::vector<Thread> threads(int pid);
std::unique_ptr<FollowedTree> follow_tree(int pid);
ThreadSamples sample_threads(const std::vector<int>& pids);
std::vector<Switches> read_switches(const std::vector<int>& tids);
std::vector<std::string> process_text(int pid, ProcessText which);
std::string executable(int pid);
int64_t open_files_limit(int pid);  // soft RLIMIT_NOFILE; pid 0: the calling process; -1: no limit
// Whether the controlling terminal sends its signals to the calling process's group.
bool in_foreground();

}  // namespace governor

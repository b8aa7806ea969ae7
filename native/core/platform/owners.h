// Who created a thread: the module and function it started in, read from outside the process.
#pragma once
#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "core/error.h"

namespace governor {

// A file that a process has mapped as a program or library.
struct Module {
  std::string path;  // as the process sees it
  bool deleted;      // or replaced since it was mapped: its symbols are unknown
};

// A function that threads start in, or a table of functions of the object they were started with.
struct Routine {
  int module = -1;                // index into ProcessOwners::modules; -1 = in no file (generated code, unmapped)
  uint64_t address = 0;           // the file's own numbering; the process's if it is in no file
  std::string symbol{};           // the one that covers the address; empty = none does
  std::string before{}, after{};  // the nearest symbols around the address if none covers it
};

enum class ThreadKind {
  kMain,      // the process's first thread
  kPthread,   // found by its thread descriptor
  kGo,        // created by Go's runtime
  kClone,     // created by a bare clone(2): it has no thread descriptor
  kStarting,  // starting or ending: its descriptor is not there
  kDenied,    // we may not look
  kGone,      // it has ended
  kUnclear,   // its descriptor does not show where it started
};

struct ThreadOwner {
  int tid;
  ThreadKind kind;
  int start = -1;        // index into ProcessOwners::routines: where it started
  int argument = -1;     // likewise: what the first word of its argument points to, if that lies in a module
  int working_for = -1;  // index into ProcessOwners::modules: whose functions it runs, guessed from its stack
};

// The value of a variable that a module exports.
struct ModuleVariable {
  int module;
  std::string symbol;
  int64_t value;
};

struct ProcessOwners {
  int pid;
  int denied = 0;           // errno if we may not look into the process
  std::string truncated{};  // what the reading has used up, so that the rest is unknown: "time", "bytes", "files"
  std::vector<Module> modules;
  std::vector<Routine> routines;
  std::vector<ThreadOwner> threads;
  std::vector<ModuleVariable> variables;
};

// What a reading may use up, for all processes together. A target can make each of its files and each look at its
// memory expensive.
struct ReadLimits {
  int64_t cpu_ms;
  int64_t bytes;   // of files and of the processes' memory
  int64_t memory;  // that a reader process may have
};

using ThreadsOfProcesses = std::vector<std::pair<int, std::vector<int>>>;  // pid, tids

// Who created these threads of each process. `variables`: names of exported 32-bit variables to read; "name()" is the
// variable that the exported function of that name returns. `before` is called with the pid before each process,
// `found` after it.
void read_owners(const ThreadsOfProcesses& processes, const std::vector<std::string>& variables,
                 const ReadLimits& limits, const std::function<void(int pid)>& before,
                 const std::function<void(const ProcessOwners&)>& found);

}  // namespace governor

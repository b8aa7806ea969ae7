// Reads other processes in a process that can be left behind.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "core/platform/owners.h"
#include "core/platform/pools.h"

namespace governor {

// Where the kernel has put the words of a process's command line: at most so many pointers at the start of its stack.
struct StackPlace {
  int pid;           // 0: none is asked for
  uint64_t address;  // 0: unknown
  size_t most;
};

struct ReadRequest {
  StackPlace stack;
  std::vector<std::string> paths;
  bool follow_links;  // to scripts; a user may make a link to any file
  ThreadsOfProcesses threads;
  std::vector<std::string> variables;
  ThreadsOfProcesses pools;          // of which pools are read
  std::vector<PoolChanges> changes;  // of pools, made first
  ReadLimits limits;
};

// A fork of this process that reads (or writes) what may never answer, such as memory that a stopped FUSE server is
// asked for. It writes lines of JSON to a pipe, of which `output` is the reading end, and ends.
struct Reader {
  int pid;
  int output;
};

// Lines: if a stack is asked for, the pointers there, and whether the process has another root directory than we (null:
// unknown); for each path whether it exists, whether it is a program, its device and inode, and the first bytes of a
// script; for each process its pid, before it is read, and its changed pools, its pools, or its owners. Of `paths` only
// files that may be executed are read. The last line is `done`, or `no memory`.
Reader start_reader(const ReadRequest& request);

// Reaps a reader. Returns its status of wait(2); -1: it has not ended.
int reap_reader(int pid);

}  // namespace governor

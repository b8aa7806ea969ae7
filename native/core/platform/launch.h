// Starting programs, and ending everything that came of them.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/cpuset.h"
#include "core/error.h"
#include "core/platform/affinity.h"

namespace governor {

// How a program starts, and what the user's shell would have given it.
struct Start {
  std::string program;                              // its path
  std::vector<std::string> arguments, environment;  // the first argument is its name; "NAME=VALUE"
  std::string directory{};                          // empty: ours
  Cpuset cpus{};                                    // empty: ours
  std::optional<MemoryPolicy> memory{};             // ignored if the kernel refuses it
  int64_t open_files = -1;                          // soft RLIMIT_NOFILE; -1: the hard limit
  uint64_t ignored_signals = 0;                     // bit n - 1: signal n
  std::vector<int> descriptors{};                   // to pass on besides stdio; closed ones are skipped
};

// The warden starts the ranks of a launch, and lives until none of their descendants is left. Its parent, the keeper,
// ends them if the warden is killed, and kills a warden that does not end them once the launch has gone.
struct Warden {
  int pid;      // the keeper's
  int control;  // a socket: it takes commands, and gives records of four 32-bit numbers: event, rank, value, call
};
// The value that goes with each: none, a signal, milliseconds from SIGTERM to SIGKILL, none, none.
enum class WardenCommand { kStart, kSignal, kFinish, kLeave, kAnswer };
// The value that goes with each: a pid, an errno, a status of wait(2), none, none, the pid of a process that refused
// SIGKILL, an errno. Those with an errno also name the call. kAnswered follows kFinish and kAnswer at once; after
// kRefused the warden ends everything.
enum class WardenEvent { kStarted, kNotStarted, kEnded, kFinished, kAnswered, kLeft, kRefused };
// What failed as a rank was started, or failed the warden for good.
enum class WardenCall {
  kVfork,
  kDup2,
  kSchedSetaffinity,
  kSchedGetaffinity,
  kPrlimit,
  kFcntl,
  kRtSigaction,
  kRtSigprocmask,
  kChdir,
  kExecve,
  kRecvmsg,
  kWait4,
  kPrctl,
  kKill,
  kProc
};

struct Pipe {
  int read, write;  // the reading end does not block
};

// A free port that nobody else gets until the descriptor is closed.
struct HeldPort {
  int port, descriptor;
};

[[noreturn]] void become(const Start& start);  // exec: the same process, another program
// keep: descriptors that warden and keeper hold open as long as they live.
Warden start_warden(const std::vector<Start>& starts, const std::vector<int>& keep);
// Reaps the keeper. Call it when the socket has ended, and so have both.
void await_warden(int pid);
// stdio: for kStart, three descriptors for the rank, which the caller may close afterwards; otherwise empty.
// Throws OsError ETIMEDOUT if the warden reads no commands and no more fit.
void command_warden(int control, WardenCommand command, int rank, int value, const std::vector<int>& stdio);
Pipe make_pipe();
HeldPort hold_port();

}  // namespace governor

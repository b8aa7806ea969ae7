// What a fork of ours does to become the keeper or the warden, which go on without an exec. System calls only: other
// threads of the parent may have held any lock when it forked.
#pragma once
#include <stddef.h>

namespace governor::linux_os {

constexpr int kStdio = 3;

// The process that forks, as it was before.
struct Origin {
  int pid;
  char* command_line;  // in its memory, and so in that of its forks
  size_t command_line_size;
};

Origin read_origin();

// fork(2) without the handlers of pthread_atfork(3): Node's open a pipe in the child, and abort it if they cannot.
int fork_bare();

// Detaches the calling process from the origin: another name and command line, its own process group, every signal
// blocked, and what its descendants leave behind becomes its child.
void detach(const Origin& origin, const char* name);

// Descriptors to hold open as long as anything of the ranks is left.
struct Kept {
  int control;
  int launch_end;  // of the same socket: not kept
  const int* others;
  int count;
};

// Opens /dev/null as stdio and closes the descriptors that are not kept: pipes would never end. inherited: also keep
// those without FD_CLOEXEC, which a shell has opened for a program, as in "cat <(ls)".
// Returns the new number of the control socket.
int close_others(const Kept& kept, bool inherited);

}  // namespace governor::linux_os

// What the keeper and the warden make of themselves: forks of ours that go on without an exec. They make system calls
// alone, as other threads of the parent may have held any lock.
#pragma once
#include <stddef.h>

namespace governor::linux_os {

constexpr int kStdio = 3;

// Who has forked, as it was before it did.
struct Origin {
  int pid;
  char* command_line;  // in memory, and so in that of its forks
  size_t command_line_size;
};

Origin origin();

// Makes it a process of its own: of another name and command line than the origin's, in a process group of its own,
// deaf to every signal that can be blocked, the parent of whatever its descendants leave behind.
void stand_apart(const Origin& origin, const char* name);

// Descriptors that are held open as long as anything of the ranks is left.
struct Kept {
  int control;
  const int* others;
  int count;
};

// Closes what is not kept, and has null devices for stdio. passed_on: but for what the shell has opened for a program,
// as in "cat <(ls)". What the origin has opened for itself is closed in any case: pipes would never end. Returns where
// the control socket is now.
int keep_only(const Kept& kept, bool passed_on);

}  // namespace governor::linux_os

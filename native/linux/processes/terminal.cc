#include <fcntl.h>
#include <unistd.h>

#include "core/platform/processes.h"

namespace governor {

bool in_foreground() {
  const int terminal = ::open("/dev/tty", O_RDONLY | O_CLOEXEC | O_NOCTTY);
  if (terminal < 0) return false;
  const bool ours = ::tcgetpgrp(terminal) == ::getpgrp();
  ::close(terminal);
  return ours;
}

}  // namespace governor

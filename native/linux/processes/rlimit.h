// The limit on open files. Allocates nothing: a rank sets its own between fork and exec.
#pragma once
#include <cstdint>

namespace governor::linux_os {

struct OpenFilesLimit {
  uint64_t soft, hard;
};

// Both return 0 or an errno. pid 0: the calling process.
int get_open_files(int pid, OpenFilesLimit& limit);
int set_own_open_files(const OpenFilesLimit& limit);

}  // namespace governor::linux_os

// The names in a directory by getdents64(2), without allocating: the warden lists /proc after a fork, when it may make
// system calls only. readdir(3) would also take 32 KiB and two more system calls for each directory.
#pragma once
#include <errno.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstring>

namespace governor::linux_os {

// Calls visit(name) for each entry from the descriptor's position on. Returns the errno if that fails, or 0.
template <typename Visit>
int each_entry(int directory, Visit visit) {
  constexpr long kLengthAt = 16, kNameAt = 19;  // of struct linux_dirent64
  alignas(8) char block[8192];
  long got;
  while ((got = ::syscall(SYS_getdents64, directory, block, sizeof block)) > 0) {
    for (long at = 0; at < got;) {
      unsigned short length;
      ::memcpy(&length, block + at + kLengthAt, sizeof length);
      const char* name = block + at + kNameAt;
      at += length;
      visit(name);
    }
  }
  return got < 0 ? errno : 0;
}

}  // namespace governor::linux_os

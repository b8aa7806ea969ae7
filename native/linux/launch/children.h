// The children of the calling process, by /proc: the kernel tells of those that it inherits nowhere else. System calls
// alone, no allocation.
#pragma once
#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <charconv>
#include <cstring>

namespace governor::linux_os {

// The entries of a directory whose names are numbers.
template <typename Visit>
void each_number(int directory, Visit visit) {
  alignas(8) char block[8192];
  for (long got; (got = ::syscall(SYS_getdents64, directory, block, sizeof block)) > 0;) {
    for (long at = 0; at < got;) {
      unsigned short length;
      ::memcpy(&length, block + at + 16, sizeof length);
      const char* name = block + at + 19;
      at += length;
      if (*name < '0' || *name > '9') continue;
      int number = 0;
      std::from_chars(name, name + ::strlen(name), number);
      visit(number, name);
    }
  }
}

inline int parent_of(int proc, const char* name) {
  char path[32], text[512];
  const size_t length = ::strlen(name);
  if (length > 16) return 0;
  ::memcpy(path, name, length);
  ::memcpy(path + length, "/stat", 6);
  const int file = ::openat(proc, path, O_RDONLY | O_CLOEXEC);
  if (file < 0) return 0;
  const ssize_t got = ::read(file, text, sizeof text - 1);
  ::close(file);
  if (got <= 0) return 0;
  text[got] = '\0';
  const char* end = ::strrchr(text, ')');  // "1234 (a name) S 1 …": the name may hold brackets
  if (!end || ::strlen(end) < 5) return 0;
  int parent = 0;
  std::from_chars(end + 4, text + got, parent);
  return parent;
}

template <typename Visit>
void each_child(Visit visit) {
  const int proc = ::open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (proc < 0) return;
  const int self = ::getpid();
  each_number(proc, [&](int pid, const char* name) {
    if (parent_of(proc, name) == self) visit(pid);
  });
  ::close(proc);
}

}  // namespace governor::linux_os

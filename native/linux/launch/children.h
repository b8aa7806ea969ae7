// The children of the calling process, from /proc: the kernel lists the ones it inherits nowhere else. System calls
// only, no allocation.
#pragma once
#include <fcntl.h>
#include <unistd.h>

#include <charconv>
#include <cstring>

#include "linux/procfs/directory_entries.h"

namespace governor::linux_os {

// Calls visit(number, name) for each entry whose name is a number.
template <typename Visit>
void each_number(int directory, Visit visit) {
  each_entry(directory, [&](const char* name) {
    if (*name < '0' || *name > '9') return;
    int number = 0;
    std::from_chars(name, name + ::strlen(name), number);
    visit(number, name);
  });
}

inline int parent_of(int proc, const char* name) {
  char path[32], text[512];
  if (::strlen(name) > 16) return 0;
  ::stpcpy(::stpcpy(path, name), "/stat");
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

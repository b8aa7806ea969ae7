#define _GNU_SOURCE
#include "lend/affinity.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

// The C library is passed by: its CPU sets hold 1,024 CPUs, and its readdir(3) allocates memory.
struct DirectoryEntry {
  uint64_t inode;
  int64_t offset;
  unsigned short length;
  unsigned char type;
  char name[];
};

static bool affinity_of(int tid, struct CpuMask* cpus) {
  memset(cpus, 0, sizeof *cpus);
  return syscall(SYS_sched_getaffinity, tid, sizeof *cpus, cpus) > 0;
}

void affinity_of_this_thread(struct CpuMask* cpus) { affinity_of(0, cpus); }

static void move_thread(int tid, const struct CpuMask* from, const struct CpuMask* to) {
  struct CpuMask now;
  if (affinity_of(tid, &now) && memcmp(&now, from, sizeof now) == 0)
    syscall(SYS_sched_setaffinity, tid, sizeof *to, to);
}

void move_threads(int pid, const struct CpuMask* from, const struct CpuMask* to) {
  _Alignas(struct DirectoryEntry) char entries[4096];
  char path[32];
  snprintf(path, sizeof path, "/proc/%d/task", pid);
  const int tasks = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (tasks < 0) return;
  long size;
  while ((size = syscall(SYS_getdents64, tasks, entries, sizeof entries)) > 0) {
    for (long at = 0; at < size;) {
      const struct DirectoryEntry* entry = (const struct DirectoryEntry*)(entries + at);
      const int tid = atoi(entry->name);
      if (tid > 0) move_thread(tid, from, to);
      at += entry->length;
    }
  }
  close(tasks);
}

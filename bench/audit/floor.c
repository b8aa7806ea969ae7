// The lower bound of an audit: makes the system calls that it takes to learn what we report about the threads of a
// process, ignores what they return, and does nothing else.
//   floor census|owners|audit PID      owners: also the census; audit: also a second census
#define _GNU_SOURCE
#include <dirent.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include "../rounds.h"

// DESCRIPTOR: bytes from tid to argument in the thread descriptor of glibc 2.36
enum { MOST = 1 << 16, BATCH = 1024, HEAD_BEHIND_TID = 16, DESCRIPTOR = 0x390 };

static int pid;
static int tids[MOST], count;

static int opened(int below, const char* path, int flags) {
  return openat(below, path, O_RDONLY | O_CLOEXEC | flags);
}

static void pass_over(int below, const char* path, int whole_table) {
  static char block[4096];
  const int file = opened(below, path, O_NONBLOCK | O_NOCTTY);
  if (file < 0) return;
  for (ssize_t got; (got = read(file, block, sizeof block)) > 0;) {
    if (!whole_table && got < (ssize_t)sizeof block) break;
  }
  close(file);
}

// The names of a directory that are numbers.
static int numbers(int directory, int* found) {
  static char block[8192] __attribute__((aligned(8)));
  int known = 0;
  lseek(directory, 0, SEEK_SET);
  for (long got; (got = syscall(SYS_getdents64, directory, block, sizeof block)) > 0;) {
    for (long at = 0; at < got;) {
      const struct dirent64* entry = (const void*)(block + at);
      at += entry->d_reclen;
      if (entry->d_name[0] > '0' && entry->d_name[0] <= '9' && known < MOST) found[known++] = atoi(entry->d_name);
    }
  }
  return known;
}

static void list_processes(void) {
  static int pids[MOST];
  char path[64];
  const int proc = opened(AT_FDCWD, "/proc", O_DIRECTORY);
  const int processes = numbers(proc, pids);
  for (int i = 0; i < processes; i++) {
    snprintf(path, sizeof path, "%d/stat", pids[i]);
    pass_over(proc, path, 0);
  }
  close(proc);
}

static void census(void) {
  uint64_t mask[16];
  char path[64];
  list_processes();
  snprintf(path, sizeof path, "/proc/%d/task", pid);
  const int tasks = opened(AT_FDCWD, path, O_DIRECTORY);
  count = numbers(tasks, tids);
  for (int i = 0; i < count; i++) {
    snprintf(path, sizeof path, "%d/stat", tids[i]);
    pass_over(tasks, path, 0);
    snprintf(path, sizeof path, "%d/schedstat", tids[i]);
    pass_over(tasks, path, 0);
    now();
    syscall(SYS_sched_getaffinity, tids[i], sizeof mask, mask);
  }
  close(tasks);
}

static void read_memory(const uint64_t* addresses, size_t size) {
  static char bytes[BATCH * DESCRIPTOR];
  static struct iovec here[BATCH], there[BATCH];
  for (int first = 0; first < count; first += BATCH) {
    int used = 0;
    for (int i = first; i < count && i < first + BATCH; i++) {
      if (addresses[i] == 0) continue;
      here[used] = (struct iovec){bytes + (size_t)used * size, size};
      there[used++] = (struct iovec){(void*)addresses[i], size};
    }
    process_vm_readv(pid, here, (unsigned long)used, there, (unsigned long)used, 0);
  }
}

static void owners(void) {
  static uint64_t descriptors[MOST];
  char path[64];
  for (const char** name = (const char*[]){"maps", "exe", "auxv", "status", NULL}; *name; name++) {
    snprintf(path, sizeof path, "/proc/%d/%s", pid, *name);
    if (strcmp(*name, "exe") != 0) pass_over(AT_FDCWD, path, 1);
    else close(opened(AT_FDCWD, path, 0));
  }
  for (int i = 0; i < count; i++) {
    uint64_t head = 0;
    size_t size = 0;
    syscall(SYS_get_robust_list, tids[i], &head, &size);
    descriptors[i] = head ? head - HEAD_BEHIND_TID : 0;
  }
  read_memory(descriptors, DESCRIPTOR);
  read_memory(descriptors, sizeof(uint64_t));  // what their arguments point to: it costs the same
}

static void census_and_owners(void) {
  census();
  owners();
}

static void whole_audit(void) {
  census_and_owners();
  census();
}

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  pid = atoi(argv[2]);
  if (strcmp(argv[1], "census") == 0) return rounds(census);
  return rounds(strcmp(argv[1], "owners") == 0 ? census_and_owners : whole_audit);
}

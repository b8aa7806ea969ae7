// The seccomp filter: seccomp(2).
#pragma once
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>

#include "calls.h"

enum { kMostSteps = 256 };

typedef struct {
  struct sock_filter steps[kMostSteps];
  unsigned short count;
} Filter;

static inline void step(Filter *filter, struct sock_filter one) { filter->steps[filter->count++] = one; }

// If the number is the call's, the answer; else the next step.
static inline void answer(Filter *filter, int number, unsigned int answer) {
  step(filter, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (unsigned int)number, 0, 1));
  step(filter, (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, answer));
}

// Processes are refused, threads are not: by the flags, which clone3 hides. glibc then uses clone.
static inline void refuse_forks(Filter *filter, int error) {
  const unsigned int refused = SECCOMP_RET_ERRNO | (unsigned int)error;
  answer(filter, SYS_clone3, SECCOMP_RET_ERRNO | ENOSYS);
  answer(filter, SYS_fork, refused);
  answer(filter, SYS_vfork, refused);
  step(filter, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_clone, 0, 4));
  step(filter, (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[0])));
  step(filter, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, CLONE_THREAD, 0, 1));
  step(filter, (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW));
  step(filter, (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, refused));
}

// Every call is traced; or, if `refused` is given, every call of that kind fails and none is traced.
static inline void filter_calls(const char *refused, int error) {
  Filter filter = {.count = 0};
  step(&filter, (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)));
  if (refused && strcmp(refused, "fork") == 0) refuse_forks(&filter, error);
  for (int i = kThread + 1; i < kCalls; i++) {
    if (refused && strcmp(refused, CALLS[i].name) == 0) answer(&filter, CALLS[i].number, SECCOMP_RET_ERRNO | error);
    if (!refused) answer(&filter, CALLS[i].number, SECCOMP_RET_TRACE);
  }
  if (!refused) {
    const int forks[] = {SYS_clone, SYS_clone3, SYS_fork, SYS_vfork};
    for (int i = 0; i < 4; i++) answer(&filter, forks[i], SECCOMP_RET_TRACE);
  }
  step(&filter, (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW));
  const struct sock_fprog program = {filter.count, filter.steps};
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) _exit(3);
  if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0) _exit(3);
}

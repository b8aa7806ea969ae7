// The processes that are traced: what each is, and whose code makes a call.
#pragma once
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/uio.h>
#include <sys/user.h>

// A child of governor by fork is a keeper, its child by fork a warden, and whatever these start by vfork a rank, until
// it calls exec.
enum role { kGovernor, kKeeper, kWarden, kRank, kProgram };
static const char *const ROLES[] = {"governor", "keeper", "warden", "rank", "program"};

// kBefore: before governor has loaded the addon.
enum caller { kBefore, kNode, kAddon };
static const char *const CALLERS[] = {"before", "node", "addon"};

typedef struct {
  unsigned long long from, to;
} Range;

typedef struct {
  int pid, threads;
  enum role role;
  Range node, addon;  // code
} Process;

typedef struct {
  int tid;
  Process *process;  // NULL: its parent has not reported it yet
} Tracee;

enum { kMostTracees = 1024 };
static Tracee tracees[kMostTracees];
static int tracee_count;

static inline Tracee *find(int tid) {
  for (int i = 0; i < tracee_count; i++) {
    if (tracees[i].tid == tid) return &tracees[i];
  }
  return NULL;
}

static inline Tracee *tracee_of(int tid) {
  Tracee *found = find(tid);
  return found && found->process ? found : NULL;
}

static inline Tracee *add(int tid, Process *process) {
  Tracee *tracee = find(tid);
  if (!tracee && tracee_count == kMostTracees) exit(3);
  if (!tracee) tracee = &tracees[tracee_count++];
  *tracee = (Tracee){tid, process};
  if (process) process->threads++;
  return tracee;
}

static inline void add_unreported(int tid) {
  if (!find(tid)) add(tid, NULL);
}

static inline Process *new_process(int pid, enum role role) {
  Process *process = calloc(1, sizeof *process);
  if (!process) exit(3);
  process->pid = pid;
  process->role = role;
  return process;
}

// The command calls exec once to become governor.
static inline void add_command(int pid) { add(pid, new_process(pid, kGovernor)); }

static inline void has_become_program(Process *process) {
  if (process->role != kGovernor || process->addon.to != 0) process->role = kProgram;
}

static inline int group_of(int tid) {
  char path[64], line[256];
  int group = tid;
  snprintf(path, sizeof path, "/proc/%d/status", tid);
  FILE *file = fopen(path, "re");
  if (!file) return tid;
  while (fgets(line, sizeof line, file) && sscanf(line, "Tgid: %d", &group) != 1) continue;
  fclose(file);
  return group;
}

static inline enum role role_of_child(enum role parent, int by_vfork) {
  if (parent == kProgram || (parent == kGovernor && by_vfork)) return kProgram;
  if (by_vfork || parent == kWarden) return kRank;
  return parent == kGovernor ? kKeeper : kWarden;
}

static inline void add_child(Tracee *parent, int tid, int by_vfork) {
  const int waits = find(tid) != NULL;
  Process *process = parent->process;
  if (group_of(tid) != process->pid) {
    process = new_process(tid, role_of_child(parent->process->role, by_vfork));
    process->node = parent->process->node;
    process->addon = parent->process->addon;
  }
  add(tid, process);
  if (waits) ptrace(PTRACE_CONT, tid, 0, 0);
}

static inline void remove_tracee(int tid) {
  Tracee *tracee = find(tid);
  if (!tracee) return;
  if (tracee->process && --tracee->process->threads == 0) free(tracee->process);
  *tracee = tracees[--tracee_count];
}

static inline void each_process_left(FILE *file) {
  for (int i = 0; i < tracee_count; i++) {
    const Process *process = tracees[i].process;
    if (process && process->pid == tracees[i].tid) fprintf(file, "left %s\n", ROLES[process->role]);
  }
}

static inline void find_code(Process *process) {
  char path[64], line[4096];
  snprintf(path, sizeof path, "/proc/%d/maps", process->pid);
  FILE *file = fopen(path, "re");
  if (!file) return;
  while (fgets(line, sizeof line, file)) {
    Range range;
    char rights[8];
    if (sscanf(line, "%llx-%llx %7s", &range.from, &range.to, rights) != 3 || rights[2] != 'x') continue;
    line[strcspn(line, "\n")] = '\0';
    const char *name = strrchr(line, '/');
    if (name && strcmp(name, "/node") == 0) process->node = range;
    if (name && strcmp(name, "/thread-governor.node") == 0) process->addon = range;
  }
  fclose(file);
}

static inline int holds(Range range, unsigned long long address) { return address >= range.from && address < range.to; }

// The nearest frame on the stack that is in the code of Node or of the addon; between are those of the C library.
static inline enum caller caller_of(Tracee *tracee, const struct user_regs_struct *registers) {
  Process *process = tracee->process;
  if (process->role != kGovernor) return kAddon;
  if (process->addon.to == 0) find_code(process);
  if (process->addon.to == 0) return kBefore;
  unsigned long long stack[512];
  const struct iovec here = {stack, sizeof stack}, there = {(void *)registers->rsp, sizeof stack};  // NOLINT
  const long got = process_vm_readv(tracee->tid, &here, 1, &there, 1, 0);
  for (long i = 0; i < got / (long)sizeof *stack; i++) {
    if (holds(process->addon, stack[i])) return kAddon;
    if (holds(process->node, stack[i])) return kNode;
  }
  return kNode;
}

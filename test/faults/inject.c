// Runs a command and lets one of its system calls fail, or every call of a kind:
//   inject [-t SECONDS] [-f ROLE:CALLER:CALL:K:ERRNO | -d CALL:ERRNO] REPORT COMMAND…
// Without -f and -d it counts the calls. REPORT is written at the end; README.md describes it. The command and all that
// comes of it are traced, and are killed if they run for longer than SECONDS, or outlive the command by 3 seconds.
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "calls.h"
#include "filter.h"
#include "process.h"

enum { kOutlive = 3, kMostRows = 512 };

typedef struct {
  enum role role;
  enum caller caller;
  int call, count;
} Row;

static Row rows[kMostRows];
static int row_count;
static struct {
  char role[16], caller[16], call[32];
  int k, error, fired;
} fault;
static struct timespec deadline;

static int *count_of(enum role role, enum caller caller, int call) {
  for (int i = 0; i < row_count; i++) {
    if (rows[i].role == role && rows[i].caller == caller && rows[i].call == call) return &rows[i].count;
  }
  if (row_count == kMostRows) exit(3);
  rows[row_count] = (Row){role, caller, call, 0};
  return &rows[row_count++].count;
}

// A call is about to be made. Counts it, and lets it fail if it is its turn.
static void called(Tracee *tracee) {
  struct user_regs_struct registers;
  if (ptrace(PTRACE_GETREGS, tracee->tid, 0, &registers) != 0) return;
  const int call = call_of(tracee->tid, &registers);
  const enum caller caller = caller_of(tracee, &registers);
  if (call < 0 || tracee->process->role == kProgram || caller == kBefore) return;
  const int count = ++*count_of(tracee->process->role, caller, call);
  if (fault.k == 0 || count != fault.k || strcmp(CALLS[call].name, fault.call) != 0 ||
      strcmp(CALLERS[caller], fault.caller) != 0 || strcmp(ROLES[tracee->process->role], fault.role) != 0)
    return;
  fault.fired++;
  registers.orig_rax = (unsigned long long)-1;  // no call; this is its answer
  registers.rax = (unsigned long long)-fault.error;
  ptrace(PTRACE_SETREGS, tracee->tid, 0, &registers);
}

static void on_stop(int tid, int status) {
  Tracee *tracee = tracee_of(tid);
  const int event = status >> 16, signal = WSTOPSIG(status);
  if (!tracee) {  // a new one that stops before its parent reports it
    add_unreported(tid);
    return;
  }
  unsigned long message = 0;
  switch (event) {
    case PTRACE_EVENT_FORK:
    case PTRACE_EVENT_VFORK:
    case PTRACE_EVENT_CLONE:
      ptrace(PTRACE_GETEVENTMSG, tid, 0, &message);
      add_child(tracee, (int)message, event == PTRACE_EVENT_VFORK);
      break;
    case PTRACE_EVENT_EXEC: has_become_program(tracee->process); break;
    case PTRACE_EVENT_SECCOMP: called(tracee); break;
    case PTRACE_EVENT_STOP:
      if (signal == SIGSTOP || signal == SIGTSTP || signal == SIGTTIN || signal == SIGTTOU) {
        ptrace(PTRACE_LISTEN, tid, 0, 0);
        return;
      }
      break;
    default: ptrace(PTRACE_CONT, tid, 0, signal); return;
  }
  ptrace(PTRACE_CONT, tid, 0, 0);
}

static void nothing(int signal) { (void)signal; }

static void set_deadline(int seconds) {
  clock_gettime(CLOCK_MONOTONIC, &deadline);
  deadline.tv_sec += seconds;
}

static int is_over(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec > deadline.tv_sec || (now.tv_sec == deadline.tv_sec && now.tv_nsec >= deadline.tv_nsec);
}

// Until nothing is left or the time is over. Returns the command's status of wait(2), or -1.
static int trace(int command) {
  int ended = -1;
  while (!is_over()) {
    int status;
    const int tid = waitpid(-1, &status, __WALL);
    if (tid < 0 && errno == EINTR) continue;
    if (tid < 0) break;
    if (WIFSTOPPED(status)) {
      on_stop(tid, status);
      continue;
    }
    remove_tracee(tid);
    if (tid != command) continue;
    ended = status;
    set_deadline(kOutlive);
  }
  return ended;
}

static int start(char **words) {
  int go[2];
  if (pipe(go) != 0) exit(3);
  const int child = fork();
  if (child == 0) {
    char byte;
    close(go[1]);
    if (read(go[0], &byte, 1) != 1) _exit(3);
    close(go[0]);
    filter_calls(fault.error != 0 && fault.k == 0 ? fault.call : NULL, fault.error);
    execvp(words[0], words);
    _exit(3);
  }
  const long options = PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE | PTRACE_O_TRACEEXEC |
                       PTRACE_O_TRACESECCOMP | PTRACE_O_EXITKILL;
  if (child < 0 || ptrace(PTRACE_SEIZE, child, 0, options) != 0) exit(3);
  add_command(child);
  if (write(go[1], "", 1) != 1) exit(3);
  close(go[0]);
  close(go[1]);
  return child;
}

static void report(const char *path, int ended) {
  FILE *file = fopen(path, "we");
  if (!file) exit(3);
  for (int i = 0; i < row_count; i++) {
    fprintf(file, "call %s:%s:%s %d\n", ROLES[rows[i].role], CALLERS[rows[i].caller], CALLS[rows[i].call].name,
            rows[i].count);
  }
  fprintf(file, "fired %d\n", fault.fired);
  if (ended < 0)
    fprintf(file, "hangs\n");
  else if (WIFSIGNALED(ended))
    fprintf(file, "killed %s\n", sigabbrev_np(WTERMSIG(ended)));
  else
    fprintf(file, "exit %d\n", WEXITSTATUS(ended));
  each_process_left(file);
  fclose(file);
}

int main(int count, char **words) {
  int seconds = 10, option;
  while ((option = getopt(count, words, "+t:f:d:")) != -1) {
    int read = 0;
    if (option == 't') read = sscanf(optarg, "%d", &seconds) == 1;
    if (option == 'f')
      read = sscanf(optarg, "%15[^:]:%15[^:]:%31[^:]:%d:%d", fault.role, fault.caller, fault.call, &fault.k,
                    &fault.error) == 5;
    if (option == 'd') read = sscanf(optarg, "%31[^:]:%d", fault.call, &fault.error) == 2;
    if (!read) return 3;
  }
  if (count - optind < 2) return 3;
  // A look at the clock ten times a second.
  const struct sigaction wake = {.sa_handler = nothing};
  sigaction(SIGALRM, &wake, NULL);
  timer_t timer;
  const struct itimerspec tenth = {{0, 100000000}, {0, 100000000}};
  if (timer_create(CLOCK_MONOTONIC, NULL, &timer) != 0 || timer_settime(timer, 0, &tenth, NULL) != 0) return 3;
  set_deadline(seconds);
  const int command = start(words + optind + 1);
  report(words[optind], trace(command));
  return 0;  // whatever is left is killed (PTRACE_O_EXITKILL)
}

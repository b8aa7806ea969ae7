/* workers N: a pool of N processes that sleep. For each line of stdin it starts one more, which works from its first
   instruction, prints how many milliseconds it had worked when it was pinned to one CPU, and ends. */
#define _GNU_SOURCE
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec * 1e3 + time.tv_nsec / 1e6;
}

int main(int count, char **arguments) {
  int sleepers = count > 1 ? atoi(arguments[1]) : 0, next;
  for (int i = 0; i < sleepers; i++) {
    if (fork() != 0) continue;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    for (;;) pause();
  }
  printf("ready\n");
  fflush(stdout);
  while ((next = getchar()) != EOF) {
    if (next != '\n') continue;
    if (fork() == 0) {
      const double began = now();
      cpu_set_t cpus;
      do {
        sched_getaffinity(0, sizeof cpus, &cpus);
      } while (CPU_COUNT(&cpus) != 1 && now() - began < 5000);
      printf("%.2f\n", now() - began);
      fflush(stdout);
      _exit(0);
    }
    wait(NULL);
  }
  return 0;
}

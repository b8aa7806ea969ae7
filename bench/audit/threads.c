// The program that is read: N threads, of which one in a hundred works in short bursts and the others sleep. Prints its
// pid once all threads run, and ends when its standard input ends.
//   threads N
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

enum { STACK = 64 * 1024, ONE_IN = 100 };

static pthread_barrier_t all_there;

static void* sleeps(void* unused) {
  pthread_barrier_wait(&all_there);
  for (;;) pause();
  return unused;
}

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static void* works(void* unused) {
  const struct timespec rest = {.tv_nsec = 100 * 1000 * 1000};
  pthread_barrier_wait(&all_there);
  for (;;) {
    for (const double until = now() + 0.0002; now() < until;) {
    }
    nanosleep(&rest, NULL);
  }
  return unused;
}

int main(int argc, char** argv) {
  const int count = argc == 2 ? atoi(argv[1]) : 0;
  struct rlimit limit;
  if (count < 2) return 2;
  getrlimit(RLIMIT_NPROC, &limit);
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NPROC, &limit);
  pthread_attr_t small;
  pthread_attr_init(&small);
  pthread_attr_setstacksize(&small, STACK);
  pthread_barrier_init(&all_there, NULL, (unsigned)count);
  for (int i = 1; i < count; i++) {  // the main thread counts too
    pthread_t thread;
    if (pthread_create(&thread, &small, i % ONE_IN == 1 ? works : sleeps, NULL) != 0) {
      fprintf(stderr,
              "cannot start thread %d of %d: see ulimit -Hu, kernel.pid_max, vm.max_map_count, pids.max\n",
              i, count);
      return 1;
    }
  }
  pthread_barrier_wait(&all_there);
  printf("%d\n", (int)getpid());
  fflush(stdout);
  while (getchar() != EOF) {
  }
  return 0;
}

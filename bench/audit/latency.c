// Measures how much being read disturbs a program. Its threads read the clock, or change their memory map, again and
// again. For each line it reads, it answers with the median and the 99th percentile of one such step, in nanoseconds,
// over a quarter of a second. At most a million steps of each thread are kept.
//   latency clock|mmap THREADS
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

enum { MOST_THREADS = 64, MOST_GOES = 1 << 20, SECONDS_4TH = 250 * 1000 * 1000 };

static int changes_map;
static pthread_barrier_t begins, ends;
static struct thread {
  size_t count;
  unsigned goes[MOST_GOES];
} threads[MOST_THREADS];

static long long now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec * 1000000000LL + time.tv_nsec;
}

static void go(void) {
  if (!changes_map) return;
  void* page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (page == MAP_FAILED) exit(1);
  *(volatile char*)page = 1;
  munmap(page, 4096);
}

static void* runs(void* argument) {
  struct thread* own = argument;
  for (;;) {
    pthread_barrier_wait(&begins);
    own->count = 0;
    long long last = now();
    for (const long long until = last + SECONDS_4TH; last < until && own->count < MOST_GOES;) {
      go();
      const long long time = now();
      own->goes[own->count++] = (unsigned)(time - last);
      last = time;
    }
    pthread_barrier_wait(&ends);
  }
  return NULL;
}

static int by_size(const void* one, const void* other) {
  const unsigned a = *(const unsigned*)one, b = *(const unsigned*)other;
  return a < b ? -1 : a > b;
}

int main(int argc, char** argv) {
  const int count = argc == 3 ? atoi(argv[2]) : 0;
  if (count < 1 || count > MOST_THREADS) return 2;
  changes_map = strcmp(argv[1], "mmap") == 0;
  unsigned* all = malloc(sizeof(unsigned) * MOST_GOES * (size_t)count);
  pthread_barrier_init(&begins, NULL, (unsigned)count + 1);
  pthread_barrier_init(&ends, NULL, (unsigned)count + 1);
  for (int i = 0; i < count; i++) {
    pthread_t thread;
    if (!all || pthread_create(&thread, NULL, runs, &threads[i]) != 0) return 1;
  }
  char line[16];
  while (fgets(line, sizeof line, stdin)) {
    pthread_barrier_wait(&begins);
    pthread_barrier_wait(&ends);
    size_t known = 0;
    for (int i = 0; i < count; i++) {
      memcpy(all + known, threads[i].goes, threads[i].count * sizeof *all);
      known += threads[i].count;
    }
    qsort(all, known, sizeof *all, by_size);
    printf("%u %u\n", all[known / 2], all[known - 1 - known / 100]);
    fflush(stdout);
  }
  return 0;
}

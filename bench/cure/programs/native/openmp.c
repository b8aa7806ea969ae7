/* Rounds of a stencil on an array that fits into a core's cache, with a barrier after each: openmp ROUNDS. The team is
   OpenMP's own choice. As a rank it also prints its spans; the bench adds those of all ranks. */
#include <omp.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define LENGTH 60000

static float a[LENGTH], b[LENGTH];

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_REALTIME, &time);
  return time.tv_sec + time.tv_nsec / 1e9;
}

static void rounds(long count) {
#pragma omp parallel
  for (long round = 0; round < count; round++) {
    float *from = round % 2 ? b : a, *to = round % 2 ? a : b;
#pragma omp for schedule(static)
    for (int i = 1; i < LENGTH - 1; i++)
      to[i] = (from[i - 1] + from[i] * 2 + from[i + 1]) / 4.0f + 1e-3f / (1 + from[i]);
  }
}

int main(int count, char **words) {
  if (count != 2) return 2;
  long wanted = atol(words[1]);
  for (int i = 0; i < LENGTH; i++) a[i] = b[i] = i % 97;
  rounds(200);
  puts("working");
  fflush(stdout);
  double start = now();
  rounds(wanted);
  printf("span %.6f %.6f %ld\n", start, now(), wanted);
  return 0;
}

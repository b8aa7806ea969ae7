// A contestant: for each line that comes in, one round; answers with its nanoseconds.
#pragma once
#include <stdio.h>
#include <time.h>

static long long now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec * 1000000000LL + time.tv_nsec;
}

static int rounds(void (*round)(void)) {
  char line[16];
  while (fgets(line, sizeof line, stdin)) {
    const long long start = now();
    round();
    printf("%lld\n", now() - start);
    fflush(stdout);
  }
  return 0;
}

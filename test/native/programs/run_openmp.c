// A team of OpenMP threads, which prints "ready" and runs until its input ends.
#include <stdio.h>

int run_team(void) {
  int threads = 0;
#pragma omp parallel num_threads(4)
  {
#pragma omp atomic
    threads++;
#pragma omp barrier
#pragma omp master
    {
      printf("ready %d\n", threads);
      fflush(stdout);
      while (getchar() != EOF) {
      }
    }
#pragma omp barrier
  }
  return threads;
}

int main(void) { return run_team() == 0; }

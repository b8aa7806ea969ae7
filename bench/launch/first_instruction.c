// first_instruction FILE: appends the time when it began to FILE, in nanoseconds of the monotonic clock.
#include <fcntl.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

int main(int count, char **words) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  char text[32];
  const int length = snprintf(text, sizeof text, "%lld\n", now.tv_sec * 1000000000LL + now.tv_nsec);
  const int file = count > 1 ? open(words[1], O_WRONLY | O_CREAT | O_APPEND, 0600) : -1;
  return file < 0 || write(file, text, length) != length;
}

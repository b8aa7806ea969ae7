// A std::thread, which prints its number and runs until its input ends.
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdio>
#include <thread>

int main() {
  std::thread thread([] {
    printf("standard %ld\nready 0\n", ::syscall(SYS_gettid));
    fflush(stdout);
    while (getchar() != EOF) {
    }
  });
  thread.join();
}

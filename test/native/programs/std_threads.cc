// A thread of C++'s library, which tells its number and goes on until the input ends.
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

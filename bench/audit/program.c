// Runs a program from its start to its end, and discards its output:
//   program COMMAND [ARGUMENT…]
#include <fcntl.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../rounds.h"

static char** command;

static void run(void) {
  const pid_t child = fork();
  if (child == 0) {
    const int nowhere = open("/dev/null", O_RDWR);
    for (int standard = 0; standard < 3; standard++) dup2(nowhere, standard);
    execvp(command[0], command);
    _exit(127);
  }
  int status;
  if (child < 0 || waitpid(child, &status, 0) < 0 || !WIFEXITED(status) || WEXITSTATUS(status) != 0) {
    fprintf(stderr, "%s failed\n", command[0]);
    exit(2);
  }
}

int main(int argc, char** argv) {
  if (argc < 2) return 2;
  command = argv + 1;
  return rounds(run);
}

// The lower bound: opens, reads and closes the files of a list, and does nothing else.
//   read_files LIST [once]          LIST: one path a line; once: does one round and prints no time
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../rounds.h"

static char** paths;
static size_t count;

static void read_list(const char* name) {
  FILE* list = fopen(name, "r");
  char line[8192];
  if (!list) {
    perror(name);
    exit(2);
  }
  while (fgets(line, sizeof line, list)) {
    line[strcspn(line, "\n")] = 0;
    paths = realloc(paths, (count + 1) * sizeof *paths);
    paths[count++] = strdup(line);
  }
  fclose(list);
}

static void read_all(void) {
  static char block[65536];
  for (size_t i = 0; i < count; i++) {
    const int file = open(paths[i], O_RDONLY | O_CLOEXEC);
    if (file < 0) {
      perror(paths[i]);
      exit(2);
    }
    while (read(file, block, sizeof block) > 0) {
    }
    close(file);
  }
}

int main(int argc, char** argv) {
  if (argc < 2) return 2;
  read_list(argv[1]);
  if (argc > 2) {
    read_all();
    return 0;
  }
  return rounds(read_all);
}

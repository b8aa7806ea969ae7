// Starts threads in three routines and one by a bare clone(2), prints their numbers, and runs until its input ends.
// "leave": the first thread ends. "fork": another one forks. "lie": one falsifies its descriptor, another moves its
// list of robust mutexes to the address in the word after "lie". "churn": one starts others without end.
#define _GNU_SOURCE
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

int gov_test_exported = 42;
static const void *const table[] = {&gov_test_exported};  // like an object's table of functions

static pthread_t first;
static const char *mode = "", *list = "";
static sem_t begun;
static char bare_stack[65536] __attribute__((aligned(16)));

static void print(const char *name, int number) {
  char line[64];
  const int length = snprintf(line, sizeof line, "%s %d\n", name, number);
  if (write(1, line, length) != length) _exit(1);
}

static int is(const char *wanted) { return strcmp(mode, wanted) == 0; }

static void *start_none(void *argument) { return argument; }

static void churn(void) {
  pthread_t thread;
  while (1) {
    if (pthread_create(&thread, NULL, start_none, NULL) == 0) pthread_join(thread, NULL);
  }
}

static void wait_for_ever(void) {
  sem_post(&begun);
  while (1) pause();
}

void *start_alpha(void *argument) {
  print("alpha", syscall(SYS_gettid));
  if (is("leave")) pthread_join(first, NULL);
  if (is("lie")) syscall(SYS_set_robust_list, (void *)strtoul(list, NULL, 0), 24);
  sem_post(&begun);
  char byte;
  while (read(0, &byte, 1) > 0) {
  }
  _exit(argument == NULL);
}

void *start_beta(void *argument) {
  print("beta", syscall(SYS_gettid));
  if (is("fork")) {
    int ready[2];
    char byte;
    if (pipe(ready) != 0) _exit(1);
    if (fork() == 0) {
      prctl(PR_SET_PDEATHSIG, SIGKILL);
      print("child", getpid());
      if (write(ready[1], "", 1) != 1) _exit(1);
      while (1) pause();
    }
    if (read(ready[0], &byte, 1) != 1) _exit(1);
  }
  if (is("lie")) {
    // Its start routine, wherever its descriptor has it, becomes an address that is mapped nowhere.
    void **words = (void **)pthread_self();
    for (int i = 0; i < 256; i++) {
      if (words[i] == (void *)start_beta) words[i] = (void *)0xdead0000dead0000;
    }
  }
  wait_for_ever();
  return argument;
}

void *start_gamma(void *argument) {
  print("gamma", syscall(SYS_gettid));
  sem_post(&begun);
  if (is("churn")) churn();
  while (1) pause();
  return argument;
}

// It has no descriptor: it must call nothing that needs one.
static int start_bare(void *argument) {
  while (1) syscall(SYS_ppoll, NULL, 0, NULL, NULL, 0);
  return argument == NULL;
}

static void *start_last(void *argument) {
  for (int i = 0; i < 3; i++) {
    while (sem_wait(&begun) != 0) {
    }
  }
  print("ready", 0);
  return argument;
}

int main(int count, char **words) {
  if (count > 1) mode = words[1];
  if (count > 2) list = words[2];
  first = pthread_self();
  sem_init(&begun, 0, 0);
  const int flags = CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD | CLONE_SYSVSEM;
  print("bare", clone(start_bare, bare_stack + sizeof bare_stack, flags, NULL));
  static const void *object = table;
  pthread_t thread;
  if (pthread_create(&thread, NULL, start_alpha, &object) != 0) return 1;
  if (pthread_create(&thread, NULL, start_beta, NULL) != 0) return 1;
  if (pthread_create(&thread, NULL, start_gamma, NULL) != 0) return 1;
  if (is("leave")) {
    if (pthread_create(&thread, NULL, start_last, NULL) != 0) return 1;
    pthread_exit(NULL);
  }
  start_last(NULL);
  while (1) pause();
}

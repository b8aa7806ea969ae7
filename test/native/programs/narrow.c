// A 32-bit program without a C library: starts a second thread by clone(2), then waits.
static long call(long number, long a, long b, long c) {
  long result;
  __asm__ volatile("int $0x80" : "=a"(result) : "a"(number), "b"(a), "c"(b), "d"(c) : "memory");
  return result;
}

static char stack[4096] __attribute__((aligned(16)));

void _start(void) {
  enum { kWrite = 4, kPause = 29, kClone = 120, kThread = 0x10f00 };
  if (call(kClone, kThread, (long)(stack + sizeof stack), 0) != 0) call(kWrite, 1, (long)"ready 0\n", 8);
  while (1) call(kPause, 0, 0, 0);
}

// The system calls that can fail.
#pragma once
#include <linux/sched.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/user.h>

typedef struct {
  const char *name;
  int number;
} Call;

// clone, clone3, fork and vfork count as "fork" or, with CLONE_THREAD, as "thread".
enum { kFork = 0, kThread = 1 };
static const Call CALLS[] = {
    {"fork", -1},
    {"thread", -1},
    {"bind", SYS_bind},
    {"brk", SYS_brk},
    {"chdir", SYS_chdir},
    {"close_range", SYS_close_range},
    {"dup2", SYS_dup2},
    {"dup3", SYS_dup3},
    {"eventfd2", SYS_eventfd2},
    {"execve", SYS_execve},
    {"fcntl", SYS_fcntl},
    {"flock", SYS_flock},
    {"fstatfs", SYS_fstatfs},
    {"ftruncate", SYS_ftruncate},
    {"get_mempolicy", SYS_get_mempolicy},
    {"get_robust_list", SYS_get_robust_list},
    {"getdents64", SYS_getdents64},
    {"getsockname", SYS_getsockname},
    {"inotify_add_watch", SYS_inotify_add_watch},
    {"inotify_init1", SYS_inotify_init1},
    {"ioctl", SYS_ioctl},
    {"kill", SYS_kill},
    {"linkat", SYS_linkat},
    {"lseek", SYS_lseek},
    {"memfd_create", SYS_memfd_create},
    {"mkdir", SYS_mkdir},
    {"mmap", SYS_mmap},
    {"newfstatat", SYS_newfstatat},
    {"openat", SYS_openat},
    {"openat2", SYS_openat2},
    {"pidfd_open", SYS_pidfd_open},
    {"pipe2", SYS_pipe2},
    {"poll", SYS_poll},
    {"prctl", SYS_prctl},
    {"pread64", SYS_pread64},
    {"prlimit64", SYS_prlimit64},
    {"process_vm_readv", SYS_process_vm_readv},
    {"read", SYS_read},
    {"readlink", SYS_readlink},
    {"recvmsg", SYS_recvmsg},
    {"rename", SYS_rename},
    {"rt_sigaction", SYS_rt_sigaction},
    {"rt_sigprocmask", SYS_rt_sigprocmask},
    {"sched_getaffinity", SYS_sched_getaffinity},
    {"sched_setaffinity", SYS_sched_setaffinity},
    {"sendmsg", SYS_sendmsg},
    {"sendto", SYS_sendto},
    {"set_mempolicy", SYS_set_mempolicy},
    {"setpgid", SYS_setpgid},
    {"setsockopt", SYS_setsockopt},
    {"signalfd4", SYS_signalfd4},
    {"socket", SYS_socket},
    {"socketpair", SYS_socketpair},
    {"statx", SYS_statx},
    {"unlink", SYS_unlink},
    {"wait4", SYS_wait4},
    {"write", SYS_write},
};
enum { kCalls = sizeof CALLS / sizeof *CALLS };

static inline int is_fork(unsigned long long number) {
  return number == SYS_clone || number == SYS_clone3 || number == SYS_fork || number == SYS_vfork;
}

// The index of the call that a thread is about to make, or -1.
static inline int call_of(int tid, const struct user_regs_struct *registers) {
  const unsigned long long number = registers->orig_rax;
  if (is_fork(number)) {
    unsigned long long flags = number == SYS_clone ? registers->rdi : 0;
    if (number == SYS_clone3) flags = (unsigned long long)ptrace(PTRACE_PEEKDATA, tid, registers->rdi, 0);
    return flags & CLONE_THREAD ? kThread : kFork;
  }
  for (int i = kThread + 1; i < kCalls; i++) {
    if ((unsigned long long)CALLS[i].number == number) return i;
  }
  return -1;
}

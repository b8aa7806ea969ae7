// Who created threads if that is hidden, false, or changing: zombies, forks, namespaces, other users, files
// replaced.
#include <errno.h>
#include <limits.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include <cstddef>
#include <filesystem>

#include "core/platform/owners.h"
#include "core/platform/processes.h"
#include "native/helpers/check.h"
#include "native/helpers/owners.h"
#include "native/helpers/program.h"

using governor::ThreadKind;

namespace {

void looks_through_a_zombie(const std::string& path) {
  const Program program({path, "leave"});
  while (governor::process(program.pid())->state != 'Z') ::sched_yield();
  const auto owners = Owners::begun(program.pid(), program.number("bare"), {"gov_test_exported"});
  CHECK_EQ(owners.what(program.pid()), "main");
  CHECK_EQ(owners.what(program.number("alpha")), "pthread start_alpha");
  CHECK_EQ(owners.what(program.number("bare")), "clone");
  CHECK_EQ(owners.path(owners.start(program.number("alpha")).module), path);
  CHECK_EQ(owners.all().variables.size(), size_t{1});
}

void tells_where_the_thread_that_forked_began(const std::string& path) {
  const Program program({path, "fork"});
  const int child = program.number("child");
  const Owners owners(child);
  CHECK_EQ(owners.all().threads.size(), size_t{1});
  CHECK_EQ(owners.what(child), "main start_beta");
}

void follows_threads_that_come_and_go(const std::string& path) {
  const Program program({path, "churn"});
  for (int round = 0; round < 300; round++) {
    const Owners owners(program.pid());
    for (const auto& thread : owners.all().threads) {
      const auto what = owners.what(thread.tid);
      const bool known = what == "main" || what == "clone" || what == "starting" || what == "gone" ||
                         what == "pthread start_none" || what == "pthread start_alpha" ||
                         what == "pthread start_beta" || what == "pthread start_gamma";
      check::that(known, __FILE__, __LINE__, what);
    }
    CHECK_EQ(owners.what(program.number("gamma")), "pthread start_gamma");
  }
}

void believes_no_lie(const std::string& path) {
  for (const std::string list : {"0x1", "0x10", "0x7fffffffffff", "0x8000000000000000", "0xffffffffffff0000"}) {
    const Program program({path, "lie", list});
    const Owners owners(program.pid());
    CHECK_EQ(owners.what(program.number("alpha")), "unclear");
    CHECK_EQ(owners.what(program.number("beta")), "unclear");
    CHECK_EQ(owners.what(program.number("gamma")), "pthread start_gamma");
  }
}

void knows_what_is_gone(const std::string& path) {
  const Owners nobody(INT_MAX, std::vector<int>{INT_MAX, INT_MAX - 1});
  CHECK_EQ(nobody.all().denied, 0);
  CHECK_EQ(nobody.count(ThreadKind::kGone), size_t{2});
  for (const int pid : {0, -1, INT_MIN}) {
    CHECK_EQ(Owners(pid, std::vector<int>{pid}).count(ThreadKind::kGone), size_t{1});
  }
  const Program program({path});
  const Owners owners(program.pid(), {program.pid(), INT_MAX, 0, -1});
  CHECK_EQ(owners.what(program.pid()), "main");
  CHECK_EQ(owners.count(ThreadKind::kGone), size_t{3});
}

// A thread's own number may also be a number in another process: its descriptor shows whose it is.
void takes_no_thread_of_another_process(const std::string& path) {
  const Program one({path}), other({path});
  const Owners owners(one.pid(), {one.number("alpha"), other.number("beta")});
  CHECK_EQ(owners.what(one.number("alpha")), "pthread start_alpha");
  CHECK_EQ(owners.start(other.number("beta")).symbol, "");
}

void names_nothing_from_a_file_that_was_replaced(const Tree& tree, const std::string& path) {
  const std::string old = tree.root() + "/replaced", other = tree.root() + "/other";
  std::filesystem::copy_file(path, old);
  std::filesystem::copy_file("/proc/self/exe", other);
  const Program program({old});
  std::filesystem::rename(other, old);
  const Owners owners(program.pid());
  const auto start = owners.start(program.number("alpha"));
  CHECK_EQ(owners.what(program.number("alpha")), "pthread");
  CHECK_EQ(owners.path(start.module), old);
  CHECK(owners.all().modules.at(static_cast<size_t>(start.module)).deleted);
  CHECK(start.address != 0);
}

// What a child finds, as its exit status.
template <typename Look>
int in_child(Look look) {
  const int child = ::fork();
  if (child == 0) ::_exit(look());
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

bool all_denied(const Owners& owners, int pid, int reason) {
  return owners.all().denied == reason && owners.what(pid) == "main" &&
         owners.count(ThreadKind::kDenied) + 1 == owners.all().threads.size() && owners.all().routines.empty();
}

void says_what_it_may_not_see(const std::string& path) {
  const Program program({path});
  const auto tids = tids_of(program.pid());
  if (::geteuid() == 0) {
    CHECK_EQ(in_child([&] {
               if (::setgid(65534) != 0 || ::setuid(65534) != 0) return 2;
               return all_denied(Owners(program.pid(), tids), program.pid(), EACCES) ? 0 : 1;
             }),
             0);
  }
  CHECK_EQ(in_child([&] {  // as under Yama: the maps may be read, the memory may not
             sock_filter code[] = {BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
                                   BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_process_vm_readv, 0, 1),
                                   BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
                                   BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)};
             const sock_fprog filter{4, code};
             if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return 2;
             if (::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) != 0) return 3;
             const Owners owners(program.pid(), tids);
             return all_denied(owners, program.pid(), EPERM) && !owners.all().modules.empty() ? 0 : 1;
           }),
           0);
}

void leaves_programs_of_32_bits_unclear(const Tree& tree) {
  const std::string flags = "-m32 -nostdlib -static -ffreestanding -fno-pic -no-pie -fno-stack-protector -O1";
  if (::system("echo 'int x;' | cc -m32 -c -o /dev/null -x c - 2>/dev/null") != 0) {
    fprintf(stderr, "left out: no compiler for 32 bits\n");
    return;
  }
  const Program program({built(tree, "cc", "narrow.c", flags)});
  const Owners owners(program.pid(), {"gov_test_exported"});
  CHECK_EQ(owners.all().denied, 0);
  CHECK_EQ(owners.what(program.pid()), "main");
  CHECK_EQ(owners.count(ThreadKind::kUnclear), size_t{1});
}

int child_of(int pid) {
  for (const auto& process : governor::processes()) {
    if (process.ppid == pid) return process.pid;
  }
  return -1;
}

// Its threads know themselves by other numbers than we do.
void looks_into_another_pid_namespace(const std::string& path) {
  if (::geteuid() != 0 || ::system("unshare --pid --fork true") != 0) {
    fprintf(stderr, "left out: no PID namespace may be made here\n");
    return;
  }
  const Program program({"unshare", "--pid", "--fork", "--kill-child", path});
  const int pid = child_of(program.pid());
  std::vector<std::string> what;
  do {
    const Owners owners(pid);
    what.clear();
    for (const auto& thread : owners.all().threads) what.push_back(owners.what(thread.tid));
    std::sort(what.begin(), what.end());
  } while (std::find(what.begin(), what.end(), "starting") != what.end());
  CHECK_EQ(what, (std::vector<std::string>{"clone", "main", "pthread start_alpha", "pthread start_beta",
                                           "pthread start_gamma"}));
}

// The file at the path there counts if it begins with the same bytes, as an overlay's file does; otherwise the file at
// the path here, if it is the mapped file itself.
void compares_what_stands_at_the_path(const Tree& tree, const std::string& path) {
  if (::geteuid() != 0 || ::system("unshare --mount true") != 0) {
    fprintf(stderr, "left out: no mount namespace may be made here\n");
    return;
  }
  const std::string copy = tree.root() + "/copy";
  std::filesystem::copy_file(path, copy);
  const auto start_under = [&](const std::string& file) {
    const Program program({"unshare", "--mount", path});
    const std::string mount = " --mount mount --bind " + file + " " + path;
    CHECK_EQ(::system(("nsenter --target " + std::to_string(program.pid()) + mount).c_str()), 0);
    const Owners owners(program.pid());
    const auto start = owners.start(program.number("alpha"));
    CHECK_EQ(owners.path(start.module), path);
    CHECK(!owners.all().modules.at(static_cast<size_t>(start.module)).deleted);
    return start.symbol;
  };
  for (const auto& file : {copy, std::string("/proc/self/exe"), std::string("/dev/null")}) {
    CHECK_EQ(start_under(file), "start_alpha");
  }
}

}  // namespace

int main() {
  const Tree tree;
  const std::string path = built(tree, "cc", "start_threads.c", "-O1 -pthread");
  looks_through_a_zombie(path);
  tells_where_the_thread_that_forked_began(path);
  follows_threads_that_come_and_go(path);
  believes_no_lie(path);
  knows_what_is_gone(path);
  takes_no_thread_of_another_process(path);
  names_nothing_from_a_file_that_was_replaced(tree, path);
  says_what_it_may_not_see(path);
  leaves_programs_of_32_bits_unclear(tree);
  looks_into_another_pid_namespace(path);
  compares_what_stands_at_the_path(tree, path);
  return check::result();
}

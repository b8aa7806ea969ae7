#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>

#include "core/platform/affinity.h"
#include "core/platform/processes.h"
#include "native/helpers/check.h"
#include "native/helpers/helper_thread.h"

using governor::process;
using governor::processes;
using governor::ProcessText;
using governor::threads;
using Words = std::vector<std::string>;

namespace {

constexpr int kNoProcess = INT_MAX;  // above every kernel's pid_max

// A child that waits to be killed.
class Child {
 public:
  Child() : pid_(::fork()) {
    if (pid_ != 0) return;
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    while (true) ::pause();
  }
  ~Child() {
    end();
    if (pid_ > 0) ::waitpid(pid_, nullptr, 0);
  }
  int pid() const { return pid_; }
  // Ends it, and leaves the zombie to be looked at.
  void end() const {
    if (pid_ <= 0) return;
    ::kill(pid_, SIGKILL);
    siginfo_t info{};
    ::waitid(P_PID, static_cast<id_t>(pid_), &info, WEXITED | WNOWAIT);
  }

 private:
  int pid_;
};

// The name as stat has it: some kernels write a newline as \n and a backslash as two.
bool is_name(const std::string& comm, const std::string& name) {
  std::string escaped;
  for (const char c : name) escaped += c == '\n' ? "\\n" : c == '\\' ? "\\\\" : std::string(1, c);
  return comm == name || comm == escaped;
}

std::optional<governor::Thread> thread_of(int pid, int tid) {
  for (const auto& thread : threads(pid)) {
    if (thread.tid == tid) return thread;
  }
  return std::nullopt;
}

void reads_itself(const char* program) {
  struct rusage before {
  }, after{};
  ::getrusage(RUSAGE_SELF, &before);
  const auto self = process(::getpid());
  ::getrusage(RUSAGE_SELF, &after);
  CHECK(self.has_value());
  CHECK_EQ(self->pid, ::getpid());
  CHECK_EQ(self->ppid, ::getppid());
  CHECK_EQ(self->group, ::getpgrp());
  CHECK_EQ(self->session, ::getsid(0));
  CHECK_EQ(self->state, 'R');
  CHECK(!self->kernel);
  CHECK_EQ(self->comm, std::filesystem::path(program).filename().string().substr(0, 15));
  CHECK_EQ(self->threads, static_cast<int64_t>(threads(::getpid()).size()));
  const auto ticks = [](const struct rusage& usage) {
    const auto seconds = [](const timeval& time) { return static_cast<double>(time.tv_sec) + time.tv_usec / 1e6; };
    return (seconds(usage.ru_utime) + seconds(usage.ru_stime)) * static_cast<double>(::sysconf(_SC_CLK_TCK));
  };
  CHECK(static_cast<double>(self->cpu_time) >= ticks(before) - 2);
  CHECK(static_cast<double>(self->cpu_time) <= ticks(after) + 2);
  const auto main_thread = thread_of(::getpid(), ::getpid());
  CHECK(main_thread.has_value());
  CHECK_EQ(main_thread->start_time, self->start_time);
}

void finds_itself_among_all() {
  const auto all = processes();
  const auto find = [&](int pid) {
    return std::find_if(all.begin(), all.end(), [&](const auto& one) { return one.pid == pid; });
  };
  CHECK(find(::getpid()) != all.end());
  CHECK(find(::getppid()) != all.end());
  CHECK(std::is_sorted(all.begin(), all.end(), [](const auto& a, const auto& b) { return a.pid < b.pid; }));
  for (const auto& one : all) {
    if (one.kernel) CHECK_EQ(one.pid == 2 || one.ppid == 2, true);
  }
  const auto second = find(2);  // the parent of the kernel's threads, if we see the whole machine
  if (second != all.end() && second->comm == "kthreadd") {
    CHECK(second->kernel);
    CHECK_EQ(governor::process_text(2, ProcessText::kCommandLine), Words{});
  }
}

void reads_its_threads() {
  const size_t before = threads(::getpid()).size();
  {
    const HelperThread one("one"), two("two");
    const auto found = threads(::getpid());
    CHECK_EQ(found.size(), before + 2);
    CHECK_EQ(process(::getpid())->threads, static_cast<int64_t>(before + 2));
    const auto thread = thread_of(::getpid(), two.tid());
    CHECK(thread.has_value());
    CHECK_EQ(thread->comm, "two");
    CHECK(thread->start_time >= process(::getpid())->start_time);
    CHECK_EQ(thread->affinity->cpus(), governor::affinity(0).cpus());
    CHECK_EQ(thread_of(::getpid(), one.tid())->comm, "one");
    governor::Cpuset first;
    first.add(governor::affinity(0).cpus().front());
    governor::set_affinity(two.tid(), first);
    CHECK_EQ(thread_of(::getpid(), two.tid())->affinity->cpus(), first.cpus());
  }
}

void takes_any_name() {
  char before[16] = "";
  ::prctl(PR_GET_NAME, before);
  for (const std::string name : {"a) b (c", "(", ")", "", " ", ") R 1 1 1 1", "two\nlines", "\n", "back\\slash",
                                 "\xff\xfe", "a) S (b\n1 (c) Z"}) {
    ::prctl(PR_SET_NAME, name.c_str());
    const auto self = process(::getpid());
    CHECK(self.has_value());
    CHECK(is_name(self->comm, name));
    CHECK_EQ(self->ppid, ::getppid());
    CHECK_EQ(self->state, 'R');
    const HelperThread helper(name);
    const auto thread = thread_of(::getpid(), helper.tid());
    CHECK(thread.has_value());
    CHECK(is_name(thread->comm, name));
  }
  ::prctl(PR_SET_NAME, before);
}

void reports_a_zombie() {
  const Child child;
  const auto alive = process(child.pid());
  CHECK(alive.has_value());
  CHECK_EQ(alive->ppid, ::getpid());
  child.end();
  const auto zombie = process(child.pid());
  CHECK(zombie.has_value());
  CHECK_EQ(zombie->state, 'Z');
  CHECK_EQ(zombie->start_time, alive->start_time);
  CHECK_EQ(threads(child.pid()).size(), size_t{1});
  CHECK_EQ(governor::process_text(child.pid(), ProcessText::kCommandLine), Words{});
  CHECK_FAILS(governor::executable(child.pid()), ENOENT, "readlink");
}

void reports_nothing_for_a_process_that_has_ended() {
  for (const int pid : {kNoProcess, 0, -1, INT_MIN}) {
    CHECK(!process(pid).has_value());
    CHECK_FAILS(threads(pid), ENOENT, "open");
    CHECK_FAILS(governor::process_text(pid, ProcessText::kCommandLine), ENOENT, "read");
    CHECK_FAILS(governor::process_text(pid, ProcessText::kEnvironment), ENOENT, "read");
    CHECK_FAILS(governor::executable(pid), ENOENT, "readlink");
  }
}

void reads_texts(int count, char** arguments) {
  CHECK_EQ(governor::process_text(::getpid(), ProcessText::kCommandLine), Words(arguments, arguments + count));
  const auto environment = governor::process_text(::getpid(), ProcessText::kEnvironment);
  CHECK(std::find(environment.begin(), environment.end(), "GOVERNOR_TEST=a=b c\n") != environment.end());
  CHECK(std::find(environment.begin(), environment.end(), "") == environment.end());
  CHECK_EQ(governor::executable(::getpid()), std::filesystem::read_symlink("/proc/self/exe").string());
}

}  // namespace

int main(int count, char** arguments) {
  // /proc has the environment and the words that a program was started with: start again with ones of ours.
  if (count == 1) {
    ::setenv("GOVERNOR_TEST", "a=b c\n", 1);
    char empty[] = "", odd[] = "two words\n";
    char* again[] = {arguments[0], empty, odd, empty, nullptr};
    ::execv("/proc/self/exe", again);
    return 1;
  }
  reads_itself("/proc/self/exe");
  finds_itself_among_all();
  reads_its_threads();
  takes_any_name();
  reports_a_zombie();
  reports_nothing_for_a_process_that_has_ended();
  reads_texts(count, arguments);
  return check::result();
}

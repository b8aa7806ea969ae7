#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <functional>

#include "core/platform.h"
#include "linux/processes/tree_follower.h"
#include "native/helpers/check.h"

using governor::FollowedProcess;
using governor::linux_os::TreeFollower;

namespace {

constexpr int64_t kMillisecond = 1'000'000;

// Processes that do as they are told, and are all killed with this object.
class Tree {
 public:
  ~Tree() {
    for (const int pid : pids_) {
      ::kill(pid, SIGKILL);
      ::waitpid(pid, nullptr, 0);
    }
  }
  int start(const std::function<void()>& life) {
    const int pid = ::fork();
    if (pid == 0) {
      ::prctl(PR_SET_PDEATHSIG, SIGKILL);
      life();
      ::_exit(0);
    }
    pids_.push_back(pid);
    return pid;
  }
  // Ends it, and reaps it.
  void end(int pid) {
    ::kill(pid, SIGKILL);
    ::waitpid(pid, nullptr, 0);
    std::erase(pids_, pid);
  }

 private:
  std::vector<int> pids_;
};

[[noreturn]] void sleep_on() {
  while (true) ::pause();
}

int64_t cpu_time() {
  timespec time{};
  ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec;
}

void work(int64_t nanoseconds) {
  const int64_t until = cpu_time() + nanoseconds;
  while (cpu_time() < until) continue;
}

// A pipe that a child says by that it has come so far.
class Word {
 public:
  Word() { (void)!::pipe(ends_); }
  ~Word() {
    ::close(ends_[0]);
    ::close(ends_[1]);
  }
  void say() const { (void)!::write(ends_[1], "", 1); }
  void hear() const {
    char byte;
    (void)!::read(ends_[0], &byte, 1);
  }

 private:
  int ends_[2];
};

const FollowedProcess* find(const std::vector<FollowedProcess>& tree, int pid) {
  const auto found = std::find_if(tree.begin(), tree.end(), [&](const auto& one) { return one.pid == pid; });
  return found == tree.end() ? nullptr : &*found;
}

// Whether anything has changed by the time that every process has been looked at.
bool look_around(TreeFollower& follower, int64_t now) {
  bool changed = false;
  for (int i = 0; i < TreeFollower::kTurns; i++) changed = follower.look(now) || changed;
  return changed;
}

bool has(const TreeFollower& follower, int pid) { return find(follower.tree(), pid) != nullptr; }

void tells_the_root_alone() {
  TreeFollower follower(::getpid());
  CHECK(follower.tree().empty());
  CHECK(follower.look(0));
  const auto tree = follower.tree();
  CHECK_EQ(tree.size(), size_t{1});
  CHECK_EQ(tree.at(0).pid, ::getpid());
  CHECK_EQ(tree.at(0).ppid, ::getppid());
  CHECK_EQ(tree.at(0).start_time, governor::process(::getpid())->start_time);
}

void tells_nothing_of_a_root_that_has_ended() {
  Tree children;
  const int child = children.start(sleep_on);
  TreeFollower follower(child);
  follower.look(0);
  CHECK(has(follower, child));
  children.end(child);
  CHECK(follower.look(kMillisecond));
  CHECK(follower.tree().empty());
}

void finds_who_works_at_the_next_look_and_who_sleeps_when_it_is_no_longer_young() {
  Tree children;
  TreeFollower follower(::getpid());
  follower.look(0);
  const Word worked;
  const int sleeper = children.start(sleep_on);
  const int worker = children.start([&] {
    work(20 * kMillisecond);
    worked.say();
    sleep_on();
  });
  worked.hear();
  CHECK(follower.look(25 * kMillisecond));
  const auto tree = follower.tree();
  CHECK_EQ(tree.size(), size_t{2});
  const auto* found = find(tree, worker);
  CHECK(found && found->ppid == ::getpid());
  CHECK(!follower.look(50 * kMillisecond));
  CHECK(!has(follower, sleeper));
  CHECK(follower.look(126 * kMillisecond));
  CHECK(has(follower, sleeper));
}

void leaves_alone_who_ends_young() {
  Tree children;
  TreeFollower follower(::getpid());
  follower.look(0);
  const int child = children.start(sleep_on);
  follower.look(25 * kMillisecond);
  children.end(child);
  CHECK(!follower.look(50 * kMillisecond));
  CHECK(!follower.look(200 * kMillisecond));
  CHECK_EQ(follower.tree().size(), size_t{1});
}

void tells_who_works_and_who_rests() {
  Tree children;
  TreeFollower follower(::getpid());
  const Word go, worked;
  const int child = children.start([&] {
    go.hear();
    work(20 * kMillisecond);
    worked.say();
    sleep_on();
  });
  follower.look(0);
  follower.look(101 * kMillisecond);
  CHECK(!find(follower.tree(), child)->active);
  go.say();
  worked.hear();
  CHECK(look_around(follower, 125 * kMillisecond));
  CHECK(find(follower.tree(), child)->active);
  CHECK(!look_around(follower, 900 * kMillisecond));
  CHECK(look_around(follower, 1200 * kMillisecond));
  CHECK(!find(follower.tree(), child)->active);
}

void finds_the_children_of_children() {
  Tree children;
  TreeFollower follower(::getpid());
  follower.look(0);
  const Word worked;
  int told[2];
  CHECK_EQ(::pipe(told), 0);
  const int child = children.start([&] {
    Tree own;
    const int grandchild = own.start([&] {
      work(20 * kMillisecond);
      worked.say();
      sleep_on();
    });
    (void)!::write(told[1], &grandchild, sizeof grandchild);
    sleep_on();
  });
  int grandchild = 0;
  CHECK_EQ(::read(told[0], &grandchild, sizeof grandchild), static_cast<ssize_t>(sizeof grandchild));
  worked.hear();
  follower.look(25 * kMillisecond);
  const auto tree = follower.tree();
  CHECK_EQ(tree.size(), size_t{3});  // the child is told with it, young as it is
  CHECK(find(tree, grandchild) && find(tree, grandchild)->ppid == child);
  CHECK(find(tree, child) < find(tree, grandchild));
  ::close(told[0]);
  ::close(told[1]);
}

void notices_an_exec() {
  Tree children;
  TreeFollower follower(::getpid());
  const Word go;
  int running[2];
  CHECK_EQ(::pipe(running), 0);
  const int child = children.start([&] {
    go.hear();
    ::dup2(running[1], 1);
    ::execl("/bin/sh", "sh", "-c", "echo; kill -STOP $$", nullptr);
  });
  follower.look(0);
  follower.look(101 * kMillisecond);
  const auto before = *find(follower.tree(), child);
  go.say();
  char byte;
  CHECK_EQ(::read(running[0], &byte, 1), 1);
  CHECK(follower.look(20'000 * kMillisecond));  // long enough for a list of all to be due
  const auto after = *find(follower.tree(), child);
  CHECK_EQ(after.start_time, before.start_time);
  CHECK_EQ(after.comm, "sh");
  CHECK(after.image != before.image);
  ::close(running[0]);
  ::close(running[1]);
}

void forgets_a_zombie() {
  Tree children;
  TreeFollower follower(::getpid());
  const int child = children.start(sleep_on);
  follower.look(0);
  follower.look(101 * kMillisecond);
  CHECK(has(follower, child));
  ::kill(child, SIGKILL);
  siginfo_t info{};
  ::waitid(P_PID, static_cast<id_t>(child), &info, WEXITED | WNOWAIT);
  CHECK(follower.look(20'000 * kMillisecond));
  CHECK(!has(follower, child));
}

void takes_no_thread_for_a_process() {
  Tree children;
  TreeFollower follower(::getpid());
  follower.look(0);
  const Word started;
  children.start([&] {
    pthread_t thread;
    for (int i = 0; i < 20; i++) {
      ::pthread_create(
          &thread, nullptr, [](void*) -> void* { sleep_on(); }, nullptr);
    }
    started.say();
    sleep_on();
  });
  started.hear();
  follower.look(25 * kMillisecond);
  follower.look(126 * kMillisecond);
  CHECK_EQ(follower.tree().size(), size_t{2});
}

// Forks and ends as fast as the machine can, with workers among them that are to be found, each at the look after its
// work.
void is_right_while_processes_come_and_go() {
  Tree children;
  TreeFollower follower(::getpid());
  int64_t now = 0;
  follower.look(now);
  std::vector<int> workers;
  for (int round = 0; round < 40; round++) {
    for (int i = 0; i < 25; i++) children.end(children.start([] {}));
    if (round % 4 == 0) {
      const Word worked;
      workers.push_back(children.start([&] {
        work(8 * kMillisecond);
        worked.say();
        sleep_on();
      }));
      worked.hear();
    }
    if (round % 10 == 9) {
      children.end(workers.front());
      workers.erase(workers.begin());
    }
    look_around(follower, now += 25 * kMillisecond);
    const auto tree = follower.tree();
    CHECK_EQ(tree.size(), workers.size() + 1);
    for (const int pid : workers) CHECK(find(tree, pid) != nullptr);
  }
}

void wakes_its_caller_by_a_pipe() {
  Tree children;
  const auto followed = governor::follow_tree(::getpid());
  pollfd changes{followed->changes(), POLLIN, 0};
  const auto wait_for = [&](const std::function<bool(const std::vector<FollowedProcess>&)>& holds) {
    while (!holds(followed->tree())) {
      CHECK_EQ(::poll(&changes, 1, 60'000), 1);
      char byte;
      CHECK_EQ(::read(changes.fd, &byte, 1), 1);
    }
  };
  wait_for([](const auto& tree) { return tree.size() == 1; });
  const int child = children.start([] {
    while (true) work(kMillisecond);
  });
  wait_for([&](const auto& tree) { return find(tree, child) && find(tree, child)->active; });
  children.end(child);
  wait_for([](const auto& tree) { return tree.size() == 1; });
  ::close(changes.fd);
}

void may_end_at_once() {
  for (int i = 0; i < 50; i++) ::close(governor::follow_tree(::getpid())->changes());
}

}  // namespace

int main() {
  tells_the_root_alone();
  tells_nothing_of_a_root_that_has_ended();
  finds_who_works_at_the_next_look_and_who_sleeps_when_it_is_no_longer_young();
  leaves_alone_who_ends_young();
  tells_who_works_and_who_rests();
  finds_the_children_of_children();
  notices_an_exec();
  forgets_a_zombie();
  takes_no_thread_for_a_process();
  is_right_while_processes_come_and_go();
  wakes_its_caller_by_a_pipe();
  may_end_at_once();
  return check::result();
}

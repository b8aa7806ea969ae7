// A process tree by looks at given times.
#include <pthread.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/platform/processes.h"
#include "linux/processes/tree_follower.h"
#include "native/helpers/check.h"
#include "native/helpers/children.h"
#include "native/helpers/followed.h"

using governor::linux_os::TreeFollower;

namespace {

// Looks until every process has been seen, and returns whether anything has changed.
bool look_around(TreeFollower& follower, int64_t now) {
  bool changed = false;
  for (int i = 0; i < TreeFollower::kTurns; i++) changed = follower.look(now) || changed;
  return changed;
}

bool has(const TreeFollower& follower, int pid) { return find(follower.tree(), pid) != nullptr; }

void reports_only_the_root() {
  TreeFollower follower(::getpid());
  CHECK(follower.tree().empty());
  CHECK(follower.look(0));
  const auto tree = follower.tree();
  CHECK_EQ(tree.size(), size_t{1});
  CHECK_EQ(tree.at(0).pid, ::getpid());
  CHECK_EQ(tree.at(0).ppid, ::getppid());
  CHECK_EQ(tree.at(0).start_time, governor::process(::getpid())->start_time);
}

void reports_nothing_if_the_root_has_ended() {
  Children children;
  const int child = children.start(sleep_on);
  TreeFollower follower(child);
  follower.look(0);
  CHECK(has(follower, child));
  children.end(child);
  CHECK(follower.look(kMillisecond));
  CHECK(follower.tree().empty());
}

void finds_who_works_at_the_next_look_and_who_sleeps_when_it_is_no_longer_young() {
  Children children;
  TreeFollower follower(::getpid());
  follower.look(0);
  const Handshake worked;
  const int sleeper = children.start(sleep_on);
  const int worker = children.start([&] {
    work(20 * kMillisecond);
    worked.give();
    sleep_on();
  });
  worked.await();
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

void does_not_report_who_ends_young() {
  Children children;
  TreeFollower follower(::getpid());
  follower.look(0);
  const int child = children.start(sleep_on);
  follower.look(25 * kMillisecond);
  children.end(child);
  CHECK(!follower.look(50 * kMillisecond));
  CHECK(!follower.look(200 * kMillisecond));
  CHECK_EQ(follower.tree().size(), size_t{1});
}

void reports_who_works_and_who_rests() {
  Children children;
  TreeFollower follower(::getpid());
  const Handshake go, worked;
  const int child = children.start([&] {
    go.await();
    work(20 * kMillisecond);
    worked.give();
    sleep_on();
  });
  follower.look(0);
  follower.look(101 * kMillisecond);
  CHECK(!find(follower.tree(), child)->active);
  go.give();
  worked.await();
  CHECK(look_around(follower, 125 * kMillisecond));
  CHECK(find(follower.tree(), child)->active);
  CHECK(!look_around(follower, 900 * kMillisecond));
  CHECK(look_around(follower, 1200 * kMillisecond));
  CHECK(!find(follower.tree(), child)->active);
}

void finds_the_children_of_children() {
  Children children;
  TreeFollower follower(::getpid());
  follower.look(0);
  const Handshake worked;
  int numbers[2];
  CHECK_EQ(::pipe(numbers), 0);
  const int child = children.start([&] {
    Children own;
    const int grandchild = own.start([&] {
      work(20 * kMillisecond);
      worked.give();
      sleep_on();
    });
    (void)!::write(numbers[1], &grandchild, sizeof grandchild);
    sleep_on();
  });
  int grandchild = 0;
  CHECK_EQ(::read(numbers[0], &grandchild, sizeof grandchild), static_cast<ssize_t>(sizeof grandchild));
  worked.await();
  follower.look(25 * kMillisecond);
  const auto tree = follower.tree();
  CHECK_EQ(tree.size(), size_t{3});  // with the child, young as it is
  CHECK(find(tree, grandchild) && find(tree, grandchild)->ppid == child);
  CHECK(find(tree, child) < find(tree, grandchild));
  ::close(numbers[0]);
  ::close(numbers[1]);
}

void notices_an_exec() {
  Children children;
  TreeFollower follower(::getpid());
  const Handshake go;
  int running[2];
  CHECK_EQ(::pipe(running), 0);
  const int child = children.start([&] {
    go.await();
    ::dup2(running[1], 1);
    ::execl("/bin/sh", "sh", "-c", "echo; kill -STOP $$", nullptr);
  });
  follower.look(0);
  follower.look(101 * kMillisecond);
  const auto before = *find(follower.tree(), child);
  go.give();
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
  Children children;
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

void does_not_report_threads() {
  Children children;
  TreeFollower follower(::getpid());
  follower.look(0);
  const Handshake started;
  children.start([&] {
    pthread_t thread;
    for (int i = 0; i < 20; i++) {
      ::pthread_create(
          &thread, nullptr, [](void*) -> void* { sleep_on(); }, nullptr);
    }
    started.give();
    sleep_on();
  });
  started.await();
  follower.look(25 * kMillisecond);
  follower.look(126 * kMillisecond);
  CHECK_EQ(follower.tree().size(), size_t{2});
}

// Forks and ends processes as fast as the machine can. Each worker among them must be found at the look after its work.
void is_right_while_processes_come_and_go() {
  Children children;
  TreeFollower follower(::getpid());
  int64_t now = 0;
  follower.look(now);
  std::vector<int> workers;
  for (int round = 0; round < 40; round++) {
    for (int i = 0; i < 25; i++) children.end(children.start([] {}));
    if (round % 4 == 0) {
      const Handshake worked;
      workers.push_back(children.start([&] {
        work(8 * kMillisecond);
        worked.give();
        sleep_on();
      }));
      worked.await();
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

}  // namespace

int main() {
  reports_only_the_root();
  reports_nothing_if_the_root_has_ended();
  finds_who_works_at_the_next_look_and_who_sleeps_when_it_is_no_longer_young();
  does_not_report_who_ends_young();
  reports_who_works_and_who_rests();
  finds_the_children_of_children();
  notices_an_exec();
  forgets_a_zombie();
  does_not_report_threads();
  is_right_while_processes_come_and_go();
  return check::result();
}

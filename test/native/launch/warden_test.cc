// The warden, with real programs.
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <fstream>
#include <stdexcept>

#include "core/platform/launch.h"
#include "core/platform/processes.h"
#include "native/helpers/check.h"
#include "native/helpers/started.h"
#include "native/helpers/tree.h"

using governor::Cpuset;
using governor::Start;
using governor::WardenCommand;
using governor::WardenEvent;
using started::Event;
using started::kDaemon;
using started::kLongGrace;
using started::Launch;
using started::shell;

namespace {

int exited(int status) { return status << 8; }

void starts_and_reaps() {
  Launch launch({shell("echo one; exit 3"), shell("kill -9 $$")});
  const int pid = launch.started(0);
  CHECK(pid > 0 && pid != ::getpid());
  launch.ended(0, exited(3));
  CHECK_EQ(launch.line(), std::string("one"));
  launch.started(1);
  launch.ended(1, SIGKILL);
  launch.started(0);  // again, on the same place
  launch.ended(0, exited(3));
  launch.command(WardenCommand::kFinish, 0, kLongGrace);
  launch.finished();
}

void ignores_nonsense() {
  Launch launch({shell("exit 0")});
  for (const int rank : {-1, 1, 1'000'000}) launch.start(rank);
  launch.command(WardenCommand::kSignal, 0, SIGKILL);  // not running
  launch.command(WardenCommand::kSignal, 77, SIGKILL);
  launch.command(static_cast<WardenCommand>(99));
  launch.started(0);
  launch.ended(0, 0);
}

// The kernel drops descriptors for which the warden has no room.
void reports_missing_descriptors() {
  Launch launch({shell("exit 0")});
  launch.command(WardenCommand::kStart, 0);
  const Event event = launch.next();
  CHECK_EQ(event.kind, static_cast<int>(WardenEvent::kNotStarted));
  CHECK_EQ(event.value, EMFILE);
  launch.started(0);
  launch.ended(0, 0);
}

void passes_signals() {
  Launch launch({shell("trap 'echo signalled; exit 5' USR1; sleep 1000 & echo ready; while :; do :; done")});
  launch.started(0);
  CHECK_EQ(launch.line(), std::string("ready"));
  launch.command(WardenCommand::kSignal, 0, SIGUSR1);
  CHECK_EQ(launch.line(), std::string("signalled"));
  launch.ended(0, exited(5));
  launch.command(WardenCommand::kFinish, 0, kLongGrace);
  launch.finished();  // also the sleep that was left behind
  CHECK_EQ(launch.rest(), std::string());
}

void answers() {
  Launch launch({shell("exec sleep 1000")});
  const auto is_answer = [&] { return launch.next_of_any_kind().kind == static_cast<int>(WardenEvent::kAnswered); };
  launch.started(0);
  launch.command(WardenCommand::kAnswer);
  CHECK(is_answer());
  launch.command(WardenCommand::kFinish, 0, kLongGrace);
  CHECK(is_answer());
  launch.ended(0, SIGTERM);
  launch.finished();
}

void finishes_with_grace() {
  Launch launch(
      {shell("trap 'echo mine; exit 4' TERM; echo ready; while :; do :; done"), shell("kill -STOP $$; sleep 1000")});
  launch.started(0);
  CHECK_EQ(launch.line(), std::string("ready"));
  launch.started(1);
  launch.command(WardenCommand::kFinish, 0, kLongGrace);
  int ends[2] = {};
  for (int i = 0; i < 2; i++) {
    const Event event = launch.next();
    CHECK_EQ(event.kind, static_cast<int>(WardenEvent::kEnded));
    ends[event.rank & 1] = event.value;
  }
  CHECK_EQ(ends[0], exited(4));
  CHECK_EQ(ends[1], SIGTERM);
  launch.finished();
}

void kills_after_the_grace() {
  Launch launch({shell("trap '' TERM; echo ready; while :; do sleep 1000; done")});
  launch.started(0);
  CHECK_EQ(launch.line(), std::string("ready"));
  launch.command(WardenCommand::kFinish, 0, 50);
  launch.ended(0, SIGKILL);
  launch.finished();
  CHECK_EQ(launch.rest(), std::string());
}

void a_second_finish_may_be_quicker() {
  Launch launch({shell("trap '' TERM; echo ready; while :; do sleep 1000; done")});
  launch.started(0);
  launch.line();
  launch.command(WardenCommand::kFinish, 0, kLongGrace);
  launch.command(WardenCommand::kFinish, 0, 0);
  launch.ended(0, SIGKILL);
  launch.finished();
}

void ends_what_forked_twice() {
  Launch launch({shell(kDaemon)});
  launch.started(0);
  CHECK_EQ(launch.line(), std::string("daemon"));
  launch.ended(0, 0);
  launch.command(WardenCommand::kFinish, 0, 50);
  launch.finished();
  CHECK_EQ(launch.rest(), std::string());
}

void ends_everything_if_the_launch_is_gone() {
  Launch launch({shell(kDaemon), shell("trap '' TERM; echo deaf; while :; do sleep 1000; done")});
  launch.started(0);
  launch.line();
  launch.ended(0, 0);
  launch.started(1);
  launch.line();
  launch.close_control();
  CHECK_EQ(launch.rest(), std::string());
}

void leaves_what_the_ranks_left_behind() {
  Tree tree;
  tree.fifo("fifo");
  Start start = shell("{ read line; echo $line; } < fifo & exit 0");
  start.directory = tree.root();
  Launch left({start});
  left.started(0);
  left.ended(0, 0);
  left.command(WardenCommand::kLeave);
  CHECK_EQ(left.next().kind, -1);
  { std::ofstream(tree.root() + "/fifo") << "alive\n"; }
  CHECK_EQ(left.rest(), std::string("alive\n"));
}

void reports_why_a_program_did_not_start() {
  Tree tree;
  tree.file("plain", "text");
  tree.file("orphan", "#!/no/such/interpreter\n");
  ::chmod((tree.root() + "/orphan").c_str(), 0755);
  Start nowhere = shell("exit 0");
  nowhere.directory = "/no/such/directory";
  Start no_cpu = shell("exit 0");
  no_cpu.cpus.add(Cpuset::kLargest);
  Launch launch({{"/no/such/program", {"x"}, {}},
                 {tree.root() + "/plain", {"x"}, {}},
                 {tree.root() + "/orphan", {"x"}, {}},
                 nowhere,
                 no_cpu});
  const std::vector<int> why = {ENOENT, EACCES, ENOENT, ENOENT, EINVAL};
  for (size_t rank = 0; rank < why.size(); rank++) {
    launch.start(static_cast<int>(rank));
    const Event event = launch.next();
    CHECK_EQ(event.kind, static_cast<int>(WardenEvent::kNotStarted));
    CHECK_EQ(event.rank, static_cast<int>(rank));
    CHECK_EQ(event.value, why[rank]);
  }
}

void runs_a_script_without_a_first_line_by_sh() {
  Tree tree;
  tree.file("script", "echo \"$1\"; exit 6\n");
  ::chmod((tree.root() + "/script").c_str(), 0755);
  Launch launch({{tree.root() + "/script", {"script", "a b"}, {}}});
  launch.started(0);
  CHECK_EQ(launch.line(), std::string("a b"));
  launch.ended(0, exited(6));
}

void the_child_is_what_was_asked_for() {
  cpu_set_t ours;
  ::sched_getaffinity(0, sizeof ours, &ours);
  unsigned last = 0;
  for (unsigned cpu = 0; cpu < CPU_SETSIZE; cpu++) {
    if (CPU_ISSET(cpu, &ours)) last = cpu;
  }
  Start start = shell(
      "grep -E '^(Cpus_allowed_list|SigIgn|SigBlk):' /proc/self/status; ulimit -Sn; echo $GREETING; pwd; cd "
      "/proc/self/fd; ls -d 20[12]");
  start.cpus.add(last);
  start.open_files = 123;
  start.ignored_signals = 1;  // SIGHUP, as nohup has it
  start.environment.push_back("GREETING=a b");
  start.directory = "/";
  ::signal(SIGUSR2, SIG_IGN);  // ours is not the child's
  const int kept_to_us = ::fcntl(2, F_DUPFD_CLOEXEC, 201), passed_on = ::fcntl(2, F_DUPFD, 202);
  Launch launch({start});
  ::signal(SIGUSR2, SIG_DFL);
  ::close(kept_to_us);
  ::close(passed_on);
  launch.started(0);
  CHECK_EQ(launch.rest(), "SigBlk:\t0000000000000000\nSigIgn:\t0000000000000001\nCpus_allowed_list:\t" +
                              std::to_string(last) + "\n123\na b\n/\n202\n");
  launch.ended(0, 0);
}

// More than the socket holds, and nobody reads.
void many_at_once() {
  constexpr int kMany = 1500;
  Launch launch(std::vector<Start>(kMany, {"/bin/true", {"true"}, {}}));
  for (int rank = 0; rank < kMany; rank++) launch.start(rank);
  std::array<int, 2> seen{};
  for (int i = 0; i < 2 * kMany; i++) {
    const Event event = launch.next();
    if (event.kind == static_cast<int>(WardenEvent::kStarted)) seen[0]++;
    if (event.kind == static_cast<int>(WardenEvent::kEnded)) seen[1]++;
  }
  CHECK_EQ(seen[0], kMany);
  CHECK_EQ(seen[1], kMany);
  launch.command(WardenCommand::kFinish, 0, kLongGrace);
  launch.finished();
}

}  // namespace

int main() {
  starts_and_reaps();
  ignores_nonsense();
  reports_missing_descriptors();
  passes_signals();
  answers();
  finishes_with_grace();
  kills_after_the_grace();
  a_second_finish_may_be_quicker();
  ends_what_forked_twice();
  ends_everything_if_the_launch_is_gone();
  leaves_what_the_ranks_left_behind();
  reports_why_a_program_did_not_start();
  runs_a_script_without_a_first_line_by_sh();
  the_child_is_what_was_asked_for();
  many_at_once();
  return check::result();
}

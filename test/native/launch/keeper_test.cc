// What is left if the launch, its warden and its keeper are killed.
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <array>
#include <string>

#include "core/platform/launch.h"
#include "core/platform/processes.h"
#include "native/helpers/check.h"
#include "native/helpers/started.h"

using governor::ProcessText;
using governor::WardenCommand;
using started::kDaemon;
using started::kLongGrace;
using started::Launch;
using started::shell;

namespace {

constexpr int kTimes = 20;
const char* const kDeaf = "trap '' TERM HUP; echo deaf; exec sleep 1000";

int parent(int pid) { return governor::process(pid).value().ppid; }

// A pipe whose reader sees the end when nobody holds the other end any more, like a claim's lock.
class Held {
 public:
  Held() { CHECK(::pipe2(ends_.data(), O_CLOEXEC) == 0); }
  ~Held() { ::close(ends_[0]); }
  int descriptor() const { return ends_[1]; }
  void give_away() const { ::close(ends_[1]); }
  void await_end() const {
    char byte;
    CHECK_EQ(::read(ends_[0], &byte, 1), ssize_t{0});
  }

 private:
  std::array<int, 2> ends_{};
};

// A rank that ignores SIGTERM, and a daemon that another rank has left behind.
struct Family {
  Held held;
  Launch launch;
  int rank, warden, keeper;
  int daemon = 0;  // it leads a process group

  Family() : launch({shell(kDaemon), shell(kDeaf)}, {held.descriptor()}) {
    held.give_away();
    launch.started(0);
    CHECK_EQ(launch.line(), std::string("daemon"));
    launch.ended(0, 0);
    rank = launch.started(1);
    CHECK_EQ(launch.line(), std::string("deaf"));
    warden = parent(rank);
    keeper = launch.keeper();
    CHECK_EQ(parent(warden), keeper);
    CHECK_EQ(parent(keeper), ::getpid());
    for (const auto& process : governor::processes()) {
      if (process.ppid == warden && process.pid != rank) daemon = process.pid;
    }
    CHECK(daemon > 0);
  }
  void is_gone() {
    CHECK_EQ(launch.rest(), std::string());
    held.await_end();
  }
};

void the_warden_is_killed() {
  Family family;
  ::kill(family.warden, SIGKILL);
  CHECK_EQ(family.launch.next().kind, -1);
  CHECK(!governor::process(family.rank));
  family.is_gone();
}

void the_claim_outlives_the_last_process() {
  Family family;
  ::kill(family.warden, SIGKILL);
  family.held.await_end();
  CHECK_EQ(family.launch.next().kind, -1);
  family.is_gone();
}

void the_keeper_is_killed() {
  Family family;
  ::kill(family.keeper, SIGKILL);
  governor::await_warden(family.keeper);
  const int again = family.launch.started(0);
  CHECK_EQ(parent(again), family.warden);
  CHECK_EQ(family.launch.line(), std::string("daemon"));
  family.launch.ended(0, 0);
  family.launch.command(WardenCommand::kFinish, 0, 0);
  family.launch.ended(1, SIGKILL);
  family.launch.finished();
  family.is_gone();
}

void the_warden_is_stopped() {
  Family family;
  ::kill(family.warden, SIGSTOP);
  family.launch.command(WardenCommand::kFinish, 0, 0);
  family.launch.ended(1, SIGKILL);
  family.launch.finished();
  family.is_gone();
}

// No rank has this number, so that the warden ignores the command.
bool takes_commands(const Launch& launch) {
  try {
    launch.command(WardenCommand::kSignal, -1);
    return true;
  } catch (const governor::OsError& error) {
    CHECK_EQ(error.code, ETIMEDOUT);
    return false;
  }
}

void both_are_stopped_and_no_command_fits_any_more() {
  Family family;
  ::kill(family.keeper, SIGSTOP);
  ::kill(family.warden, SIGSTOP);
  while (takes_commands(family.launch)) continue;
  ::kill(family.keeper, SIGCONT);
  ::kill(family.warden, SIGCONT);
  family.launch.command(WardenCommand::kFinish, 0, 0);
  family.launch.ended(1, SIGKILL);
  family.launch.finished();
  family.is_gone();
}

void the_launch_is_killed_and_both_were_stopped() {
  Family family;
  ::kill(family.keeper, SIGSTOP);
  ::kill(family.warden, SIGSTOP);
  family.launch.close_control();
  ::kill(family.keeper, SIGCONT);
  family.is_gone();
}

void the_launch_is_killed() {
  Family family;
  family.launch.close_control();
  family.is_gone();
}

void the_launch_and_the_warden_are_killed() {
  Family family;
  family.launch.close_control();
  ::kill(family.warden, SIGKILL);
  family.is_gone();
}

void the_launch_and_the_keeper_are_killed() {
  Family family;
  ::kill(family.keeper, SIGKILL);
  family.launch.close_control();
  family.is_gone();
}

void the_warden_is_killed_while_it_finishes() {
  Family family;
  family.launch.command(WardenCommand::kFinish, 0, kLongGrace);
  ::kill(family.warden, SIGKILL);
  while (family.launch.next().kind != -1) continue;
  family.is_gone();
}

// Whether a process is there and has not ended: process 1 may take a second to reap what it inherits.
bool runs(int pid) {
  const auto found = governor::process(pid);
  return found && found->state != 'Z' && found->state != 'X';
}

// The kernel kills the ranks; what they have started goes on.
void the_warden_and_the_keeper_are_killed() {
  Family family;
  ::kill(family.keeper, SIGKILL);
  ::kill(family.warden, SIGKILL);
  CHECK_EQ(family.launch.next().kind, -1);
  governor::await_warden(family.keeper);
  while (runs(family.rank)) continue;
  CHECK_EQ(::kill(-family.daemon, SIGKILL), 0);
  family.is_gone();
}

std::string command_line(int pid) {
  const auto words = governor::process_text(pid, ProcessText::kCommandLine);
  return words.empty() ? "" : words.front();
}

void they_have_their_own_names_and_groups() {
  Launch launch({shell("echo started; exec sleep 1000")});
  const int rank = launch.started(0), warden = parent(rank);
  const std::string whose = " for " + std::to_string(::getpid());
  for (const auto& [pid, name] :
       {std::pair{warden, std::string("thread-warden")}, std::pair{launch.keeper(), std::string("thread-keeper")}}) {
    CHECK_EQ(governor::process(pid).value().comm, name);
    CHECK_EQ(command_line(pid), (name + whose).substr(0, command_line(::getpid()).size()));
    CHECK_EQ(::getpgid(pid), pid);
    CHECK_EQ(::getsid(pid), ::getsid(0));
  }
  CHECK_EQ(::getpgid(rank), ::getpgrp());
  CHECK_EQ(::getsid(rank), ::getsid(0));
  launch.command(WardenCommand::kFinish, 0, kLongGrace);
  launch.ended(0, SIGTERM);
  launch.finished();
}

}  // namespace

int main() {
  they_have_their_own_names_and_groups();
  both_are_stopped_and_no_command_fits_any_more();
  the_launch_is_killed_and_both_were_stopped();
  for (int time = 0; time < kTimes; time++) {
    the_warden_is_killed();
    the_claim_outlives_the_last_process();
    the_keeper_is_killed();
    the_launch_is_killed();
    the_launch_and_the_warden_are_killed();
    the_launch_and_the_keeper_are_killed();
    the_warden_is_killed_while_it_finishes();
    the_warden_is_stopped();
  }
  for (int time = 0; time < kTimes; time++) {
    the_warden_and_the_keeper_are_killed();
  }
  return check::result();
}

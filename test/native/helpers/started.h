// A launch as its warden sees it: commands and events go through the warden's socket.
#pragma once
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <stdexcept>
#include <string>
#include <vector>

#include "core/platform/launch.h"
#include "native/helpers/check.h"

namespace started {

using governor::Start;
using governor::WardenCommand;
using governor::WardenEvent;

constexpr int kLongGrace = 100'000;  // milliseconds; no test waits for it

struct Event {
  int kind, rank, value, more;
};

inline Start shell(const std::string& script) { return {"/bin/sh", {"sh", "-c", script}, {"PATH=/usr/bin:/bin"}}; }

// A warden, and the pipe that all its ranks write to.
class Launch {
 public:
  explicit Launch(const std::vector<Start>& starts, const std::vector<int>& keep = {})
      : warden_(governor::start_warden(starts, keep)) {
    if (::pipe2(output_, O_CLOEXEC) != 0) throw std::runtime_error("pipe");
  }
  ~Launch() {
    close_control();
    close_output();
    ::close(output_[0]);
    governor::await_warden(warden_.pid);
  }

  int keeper() const { return warden_.pid; }
  void start(int rank) const { command(WardenCommand::kStart, rank, 0, {0, output_[1], 2}); }
  void command(WardenCommand command, int rank = 0, int value = 0, const std::vector<int>& stdio = {}) const {
    governor::command_warden(warden_.control, command, rank, value, stdio);
  }

  // The next event that is no answer; kind -1 if the warden has gone.
  Event next() const {
    while (true) {
      const Event event = next_of_any_kind();
      if (event.kind != static_cast<int>(WardenEvent::kAnswered)) return event;
    }
  }
  Event next_of_any_kind() const {
    Event event{};
    const ssize_t got = ::recv(warden_.control, &event, sizeof event, MSG_WAITALL);
    return got == sizeof event ? event : Event{-1, 0, 0, 0};
  }
  int started(int rank) const {
    start(rank);
    const Event event = next();
    CHECK_EQ(event.kind, static_cast<int>(WardenEvent::kStarted));
    CHECK_EQ(event.rank, rank);
    return event.value;
  }
  void ended(int rank, int status) const {
    const Event event = next();
    CHECK_EQ(event.kind, static_cast<int>(WardenEvent::kEnded));
    CHECK_EQ(event.rank, rank);
    CHECK_EQ(event.value, status);
  }
  void finished() const {
    CHECK_EQ(next().kind, static_cast<int>(WardenEvent::kFinished));
    CHECK_EQ(next().kind, -1);
  }

  std::string line() const {
    std::string text;
    for (char letter; ::read(output_[0], &letter, 1) == 1 && letter != '\n';) text += letter;
    return text;
  }
  // Returns when no process has the output open any more.
  std::string rest() {
    close_output();
    std::string text;
    char block[4096];
    for (ssize_t got; (got = ::read(output_[0], block, sizeof block)) > 0;) {
      text.append(block, static_cast<size_t>(got));
    }
    return text;
  }
  void close_control() {
    if (warden_.control >= 0) ::close(warden_.control);
    warden_.control = -1;
  }

 private:
  void close_output() {
    if (output_[1] >= 0) ::close(output_[1]);
    output_[1] = -1;
  }

  governor::Warden warden_;
  int output_[2];
};

// Forks twice, each time into a new session.
inline const char* const kDaemon =
    "setsid sh -c 'setsid sh -c \"trap : TERM HUP; echo daemon; while :; do sleep 1000; done\" &' & wait";

}  // namespace started

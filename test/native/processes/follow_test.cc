// A followed process tree, and the pipe that wakes its caller.
#include <poll.h>
#include <unistd.h>

#include <functional>

#include "core/platform/processes.h"
#include "native/helpers/check.h"
#include "native/helpers/children.h"
#include "native/helpers/followed.h"

namespace {

void wakes_its_caller_by_a_pipe() {
  Children children;
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
  wakes_its_caller_by_a_pipe();
  may_end_at_once();
  return check::result();
}

#include "core/platform/launch.h"
#include "unsupported/unsupported.h"

namespace governor {

void become(const Start&) { unsupported("become"); }
Warden start_warden(const std::vector<Start>&, const std::vector<int>&) { unsupported("start_warden"); }
void await_warden(int) { unsupported("await_warden"); }
void command_warden(int, WardenCommand, int, int, const std::vector<int>&) { unsupported("command_warden"); }
HeldPort hold_port() { unsupported("hold_port"); }
Pipe make_pipe() { unsupported("make_pipe"); }

}  // namespace governor

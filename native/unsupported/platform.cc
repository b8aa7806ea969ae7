// A platform without an implementation: every question is answered by ENOTSUP, so that the package installs anywhere.
#include <errno.h>

#include "core/platform.h"

namespace governor {
namespace {

[[noreturn]] void unsupported(const char* question) { throw OsError{ENOTSUP, question, "this platform"}; }

}  // namespace

const char* platform_name() { return "unsupported"; }
Topology read_topology(const std::string&) { unsupported("read_topology"); }
Limits read_limits(const std::string&, int) { unsupported("read_limits"); }
Memory read_memory(const std::string&) { unsupported("read_memory"); }
std::optional<std::vector<InterruptCount>> read_interrupts(const std::string&) { unsupported("read_interrupts"); }
std::vector<PciDevice> read_pci(const std::string&, const std::vector<unsigned>&, const std::vector<unsigned>&) {
  unsupported("read_pci");
}
MemoryPolicy memory_policy() { unsupported("memory_policy"); }
void set_memory_policy(int, const Cpuset&) { unsupported("set_memory_policy"); }
int thread_id() { unsupported("thread_id"); }
Cpuset affinity(int) { unsupported("affinity"); }
void set_affinity(int, const Cpuset&) { unsupported("set_affinity"); }
std::vector<Process> processes() { unsupported("processes"); }
std::optional<Process> process(int) { unsupported("process"); }
std::vector<Thread> threads(int) { unsupported("threads"); }
std::unique_ptr<FollowedTree> follow_tree(int) { unsupported("follow_tree"); }
ThreadSamples sample_threads(const std::vector<int>&) { unsupported("sample_threads"); }
std::vector<Switches> read_switches(const std::vector<int>&) { unsupported("read_switches"); }
std::vector<ProcessOwners> read_owners(const std::vector<std::pair<int, std::vector<int>>>&,
                                       const std::vector<std::string>&) {
  unsupported("read_owners");
}
std::optional<Throttling> read_throttling(const std::string&) { unsupported("read_throttling"); }
std::vector<std::string> process_text(int, ProcessText) { unsupported("process_text"); }
std::string executable(int) { unsupported("executable"); }
int64_t open_files_limit(int) { unsupported("open_files_limit"); }
void become(const Start&) { unsupported("become"); }
Warden start_warden(const std::vector<Start>&, const std::vector<int>&) { unsupported("start_warden"); }
void await_warden(int) { unsupported("await_warden"); }
void adopt_orphans() { unsupported("adopt_orphans"); }
bool kill_children() { unsupported("kill_children"); }
void command_warden(int, WardenCommand, int, int, const std::vector<int>&) { unsupported("command_warden"); }
HeldPort hold_port() { unsupported("hold_port"); }
Pipe make_pipe() { unsupported("make_pipe"); }
bool lock_directory(int) { unsupported("lock_directory"); }
bool lock_file(int) { unsupported("lock_file"); }
bool is_locked(int) { unsupported("is_locked"); }
bool in_foreground() { return false; }

}  // namespace governor

#include "core/platform/processes.h"
#include "unsupported/unsupported.h"

namespace governor {

std::vector<Process> processes() { unsupported("processes"); }
std::optional<Process> process(int) { unsupported("process"); }
std::vector<Thread> threads(int) { unsupported("threads"); }
std::unique_ptr<FollowedTree> follow_tree(int) { unsupported("follow_tree"); }
ThreadSamples sample_threads(const std::vector<int>&) { unsupported("sample_threads"); }
std::vector<Switches> read_switches(const std::vector<int>&) { unsupported("read_switches"); }
std::vector<std::string> process_text(int, ProcessText) { unsupported("process_text"); }
std::string executable(int) { unsupported("executable"); }
int64_t open_files_limit(int) { unsupported("open_files_limit"); }
bool in_foreground() { return false; }

}  // namespace governor

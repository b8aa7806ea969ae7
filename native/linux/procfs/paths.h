#pragma once
#include <string>

namespace governor::linux_os {

// "/proc/PID", and a file below it.
inline std::string process_path(int pid) { return "/proc/" + std::to_string(pid); }
inline std::string process_path(int pid, const char* file) { return process_path(pid) + "/" + file; }
// "/proc/PID/task/TID".
inline std::string thread_path(int pid, int tid) { return process_path(pid, "task/") + std::to_string(tid); }

}  // namespace governor::linux_os

// /proc/PID: Documentation/filesystems/proc.rst of the kernel.
#include "core/platform/processes.h"

#include <errno.h>
#include <unistd.h>

#include "core/platform/affinity.h"
#include "linux/procfs/files.h"
#include "linux/procfs/paths.h"
#include "linux/procfs/stat_line.h"

namespace governor {
namespace {

using linux_os::Directory;
using linux_os::open_proc;
using linux_os::process_path;
using linux_os::read_stat;

constexpr int64_t kKernelThread = 0x00200000;  // PF_KTHREAD, include/linux/sched.h

std::optional<Process> read_process(const Directory& proc, int pid) {
  const auto stat = read_stat(proc, pid);
  if (!stat) return std::nullopt;
  return Process{.pid = pid,
                 .ppid = static_cast<int>(stat->field[4]),
                 .group = static_cast<int>(stat->field[5]),
                 .session = static_cast<int>(stat->field[6]),
                 .state = stat->state,
                 .kernel = (stat->field[9] & kKernelThread) != 0,
                 .comm = stat->comm,
                 .threads = stat->field[20],
                 .cpu_time = stat->field[14] + stat->field[15],
                 .start_time = stat->field[22]};
}

}  // namespace

std::vector<Process> processes() {
  const Directory proc = open_proc();
  std::vector<Process> found;
  for (const unsigned pid : proc.numbered("")) {
    if (auto process = read_process(proc, static_cast<int>(pid))) found.push_back(std::move(*process));
  }
  return found;
}

std::optional<Process> process(int pid) { return read_process(open_proc(), pid); }

std::vector<Thread> threads(int pid) {
  const std::string path = process_path(pid, "task");
  const auto tasks = Directory::open(path);
  if (!tasks) throw OsError{errno, "open", path};
  std::vector<Thread> found;
  for (const unsigned number : tasks->numbered("")) {
    const int tid = static_cast<int>(number);
    const auto stat = read_stat(*tasks, tid);
    if (!stat) continue;  // it has ended
    Thread thread{tid, stat->state, stat->comm, stat->field[14] + stat->field[15], stat->field[22], {}};
    try {
      thread.affinity = affinity(tid);
    } catch (const OsError& error) {
      if (error.code != ESRCH) throw;
      // it has ended
    }
    found.push_back(std::move(thread));
  }
  return found;
}

std::vector<std::string> process_text(int pid, ProcessText which) {
  const std::string path = process_path(pid, which == ProcessText::kCommandLine ? "cmdline" : "environ");
  const auto text = linux_os::read_file(path, linux_os::kLargeFile);
  if (!text) throw OsError{errno, "read", path};
  std::vector<std::string> parts;
  for (size_t start = 0; start < text->size();) {
    size_t end = text->find('\0', start);
    if (end == std::string::npos) end = text->size();
    parts.push_back(text->substr(start, end - start));
    start = end + 1;
  }
  return parts;
}

std::string executable(int pid) {
  const std::string path = process_path(pid, "exe");
  std::string target(4096, '\0');
  const ssize_t length = ::readlink(path.c_str(), target.data(), target.size());
  if (length < 0) throw OsError{errno, "readlink", path};
  target.resize(static_cast<size_t>(length));
  return target;
}

}  // namespace governor

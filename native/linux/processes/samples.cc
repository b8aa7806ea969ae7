// The CPU time that threads have got and waited for: /proc/PID/task/TID/{stat,schedstat,status},
// Documentation/scheduler/sched-stats.rst and proc_pid_status(5).
#include <errno.h>

#include <map>
#include <unordered_map>

#include "core/platform/affinity.h"
#include "core/platform/processes.h"
#include "core/text.h"
#include "linux/procfs/clock.h"
#include "linux/procfs/files.h"
#include "linux/procfs/lines.h"
#include "linux/procfs/paths.h"
#include "linux/procfs/stat_line.h"

namespace governor {
namespace {

using linux_os::Directory;
using linux_os::monotonic_nanoseconds;

// The index of a key in a list; a new key goes to its end.
template <typename Map, typename List, typename Key>
int index_of(Map& known, List& list, const Key& key) {
  const auto [entry, added] = known.try_emplace(key, static_cast<int>(list.size()));
  if (added) list.push_back(key);
  return entry->second;
}

class Sampler {
 public:
  void add_process(int pid) {
    const auto tasks = Directory::open(linux_os::process_path(pid, "task"));
    if (!tasks) return;
    for (const unsigned tid : tasks->numbered("")) add_thread(*tasks, pid, static_cast<int>(tid));
  }

  ThreadSamples take() {
    for (const auto& set : masks_) samples_.sets.push_back(Cpuset::from_words(set));
    return std::move(samples_);
  }

 private:
  void add_thread(const Directory& tasks, int pid, int tid) {
    const auto stat = linux_os::read_stat(tasks, tid);
    if (!stat) return;  // it has ended
    ThreadSample sample{.pid = pid,
                        .tid = tid,
                        .start_time = stat->field[22],
                        .read_at = 0,
                        .state = stat->state,
                        .last_cpu = static_cast<int>(stat->field[39]),
                        .name = index_of(names_, samples_.names, stat->comm),
                        .affinity = -1};
    read_figures(tasks.read(std::to_string(tid) + "/schedstat"), sample);
    sample.read_at = monotonic_nanoseconds();
    try {
      sample.affinity = index_of(sets_, masks_, affinity(tid).words());
    } catch (const OsError& error) {
      if (error.code != ESRCH) throw;
      // it has ended
    }
    samples_.threads.push_back(sample);
  }

  // "run wait slices"; a kernel without CONFIG_SCHED_INFO has no such file, or three zeros.
  static void read_figures(const std::optional<std::string>& text, ThreadSample& sample) {
    if (!text) return;
    std::string_view rest = trimmed(*text);
    for (std::optional<int64_t>* figure : {&sample.run, &sample.wait, &sample.slices}) {
      const auto blank = rest.find(' ');
      *figure = linux_os::number(rest.substr(0, blank));
      rest = blank == std::string_view::npos ? std::string_view{} : rest.substr(blank + 1);
    }
  }

  ThreadSamples samples_;
  std::vector<std::vector<uint64_t>> masks_;
  std::map<std::vector<uint64_t>, int> sets_;
  std::unordered_map<std::string, int> names_;
};

}  // namespace

ThreadSamples sample_threads(const std::vector<int>& pids) {
  Sampler sampler;
  for (const int pid : pids) sampler.add_process(pid);
  return sampler.take();
}

std::vector<Switches> read_switches(const std::vector<int>& tids) {
  std::vector<Switches> found;
  for (const int tid : tids) {
    const auto status = linux_os::read_file(linux_os::process_path(tid, "status"), linux_os::kLargeFile);
    const auto figure = [&](std::string_view name) {
      const auto line = linux_os::line_behind(status, name);
      return line ? linux_os::number(*line) : std::nullopt;
    };
    const auto voluntary = figure("\nvoluntary_ctxt_switches:");
    const auto involuntary = figure("\nnonvoluntary_ctxt_switches:");
    if (voluntary && involuntary) found.push_back({tid, monotonic_nanoseconds(), *voluntary, *involuntary});
  }
  return found;
}

}  // namespace governor

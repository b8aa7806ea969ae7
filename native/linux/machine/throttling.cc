// cpu.stat of a control group: Documentation/admin-guide/cgroup-v2.rst, and scheduler/sched-bwc.rst for version 1.
#include "core/platform/machine.h"
#include "linux/procfs/files.h"
#include "linux/procfs/lines.h"

namespace governor {

std::optional<Throttling> read_throttling(const std::string& group) {
  using linux_os::statistic;
  const auto text = linux_os::read_file(group + "/cpu.stat");
  const auto periods = statistic(text, "nr_periods");
  const auto throttled = statistic(text, "nr_throttled");
  if (!periods || !throttled) return std::nullopt;
  const auto microseconds = statistic(text, "throttled_usec");  // version 2
  const auto nanoseconds = statistic(text, "throttled_time");   // version 1
  return Throttling{*periods, *throttled, microseconds ? *microseconds * 1000 : nanoseconds.value_or(0)};
}

}  // namespace governor

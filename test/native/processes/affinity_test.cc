#include <errno.h>
#include <limits.h>
#include <sys/resource.h>
#include <unistd.h>

#include <fstream>

#include "core/platform/affinity.h"
#include "core/platform/machine.h"
#include "core/platform/processes.h"
#include "native/helpers/check.h"
#include "native/helpers/helper_thread.h"

using governor::affinity;
using governor::Cpuset;
using governor::set_affinity;
using Cpus = std::vector<unsigned>;

namespace {

constexpr int kNoThread = INT_MAX;  // above every kernel's pid_max

Cpuset only(std::initializer_list<unsigned> cpus) {
  Cpuset set;
  for (const unsigned cpu : cpus) set.add(cpu);
  return set;
}

// The kernel's own words on a thread of ours.
std::string allowed_list(int tid) {
  std::ifstream status("/proc/self/task/" + std::to_string(tid) + "/status");
  const std::string name = "Cpus_allowed_list:\t";
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with(name)) return line.substr(name.size());
  }
  return "missing";
}

void reads_its_own() {
  const auto own = affinity(0);
  CHECK(!own.empty());
  CHECK_EQ(affinity(governor::thread_id()).cpus(), own.cpus());
  CHECK_EQ(Cpuset::from_list(allowed_list(governor::thread_id()))->cpus(), own.cpus());
  CHECK_EQ(governor::thread_id(), ::getpid());
}

void pins_one_thread_and_no_other() {
  const auto before = affinity(0);
  const HelperThread helper;
  CHECK_EQ(affinity(helper.tid()).cpus(), before.cpus());
  for (const unsigned cpu : before.cpus()) {
    set_affinity(helper.tid(), only({cpu}));
    CHECK_EQ(affinity(helper.tid()).cpus(), Cpus{cpu});
    CHECK_EQ(allowed_list(helper.tid()), std::to_string(cpu));
    CHECK_EQ(affinity(0).cpus(), before.cpus());
  }
  set_affinity(helper.tid(), before);
  CHECK_EQ(affinity(helper.tid()).cpus(), before.cpus());
}

void leaves_it_to_the_caller_to_compare() {
  const HelperThread helper;
  const unsigned cpu = affinity(0).cpus().front();
  set_affinity(helper.tid(), only({cpu, Cpuset::kLargest}));  // the kernel narrows it and reports success
  CHECK_EQ(affinity(helper.tid()).cpus(), Cpus{cpu});
}

void reports_errors() {
  const HelperThread helper;
  const auto before = affinity(helper.tid()).cpus();
  CHECK_FAILS(set_affinity(helper.tid(), Cpuset()), EINVAL, "sched_setaffinity");
  CHECK_FAILS(set_affinity(helper.tid(), only({Cpuset::kLargest})), EINVAL, "sched_setaffinity");
  CHECK_EQ(affinity(helper.tid()).cpus(), before);
  CHECK_FAILS(affinity(kNoThread), ESRCH, "sched_getaffinity");
  CHECK_FAILS(affinity(-1), ESRCH, "sched_getaffinity");
  CHECK_FAILS(set_affinity(kNoThread, affinity(0)), ESRCH, "sched_setaffinity");
  CHECK_FAILS(set_affinity(-1, affinity(0)), ESRCH, "sched_setaffinity");
}

void reads_the_limit_of_open_files() {
  struct rlimit before {};
  CHECK_EQ(::getrlimit(RLIMIT_NOFILE, &before), 0);
  const int64_t soft = before.rlim_cur == RLIM_INFINITY ? -1 : static_cast<int64_t>(before.rlim_cur);
  CHECK_EQ(governor::open_files_limit(0), soft);
  CHECK_EQ(governor::open_files_limit(::getpid()), soft);

  const struct rlimit lower { 64, before.rlim_max };
  CHECK_EQ(::setrlimit(RLIMIT_NOFILE, &lower), 0);
  CHECK_EQ(governor::open_files_limit(0), 64);
  ::setrlimit(RLIMIT_NOFILE, &before);
  CHECK_EQ(governor::open_files_limit(0), soft);
  CHECK_FAILS(governor::open_files_limit(kNoThread), ESRCH, "prlimit");
}

}  // namespace

int main() {
  reads_its_own();
  pins_one_thread_and_no_other();
  leaves_it_to_the_caller_to_compare();
  reports_errors();
  reads_the_limit_of_open_files();
  CHECK_EQ(std::string(governor::platform_name()), "linux");
  return check::result();
}

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>

#include "linux/pools/find_pools.h"
#include "linux/procfs/descriptor.h"
#include "linux/procfs/files.h"
#include "linux/procfs/paths.h"
#include "linux/procfs/stat_line.h"

namespace governor {
namespace linux_os {
namespace {

// The memory that a process has now. After an exec it is nobody's, and cannot be written any more.
class OpenedMemory {
 public:
  explicit OpenedMemory(int pid) : file_(::open(process_path(pid, "mem").c_str(), O_RDWR | O_CLOEXEC)) {
    if (file_ < 0) denied = errno;
  }

  // errno, or 0.
  int change(const LivePool& pool, int64_t to) {
    const auto size = static_cast<size_t>(pool.width);
    const auto at = static_cast<off_t>(pool.address);
    int64_t read_back = 0;
    // Little-endian: a narrow size is the beginning of a wide one.
    const ssize_t wrote = ::pwrite(file_, &to, size, at);
    if (wrote != static_cast<ssize_t>(size)) return wrote < 0 ? errno : EIO;
    if (::pread(file_, &read_back, size, at) != static_cast<ssize_t>(size)) return EIO;
    return read_back == to ? 0 : EIO;
  }

  int denied = 0;

 private:
  Descriptor file_;
};

class PoolChanger {
 public:
  PoolChanger(const PoolChanges& wanted, Budget& budget, ElfFiles& files)
      : wanted_(wanted), memory_(wanted.pid), process_(TargetProcess::open(wanted.pid, wanted.tids, budget)) {
    const auto text = read_file(process_path(wanted.pid, "stat"));
    const auto stat = text ? parse_stat(*text) : std::nullopt;
    if (!stat || stat->field[22] != wanted.start_time) {
      denied_ = ESRCH;
    } else {
      denied_ = shares_memory(wanted.pid) ? EBUSY : memory_.denied != 0 ? memory_.denied : process_.denied;
    }
    if (denied_ == 0) pools_ = find_pools(process_, files, wanted.tids);
  }

  ChangedPools change() {
    ChangedPools changed{.pid = wanted_.pid, .denied = denied_};
    for (const auto& one : wanted_.changes) changed.failed.push_back(denied_ != 0 ? denied_ : change(one));
    return changed;
  }

 private:
  int change(const PoolChange& wanted) {
    const auto pool =
        std::find_if(pools_.begin(), pools_.end(), [&](const LivePool& one) { return one.address == wanted.address; });
    if (pool == pools_.end() || pool->threads != wanted.from) return ESTALE;
    if (wanted.to < 1 || wanted.to > kLargestPool || (pool->most != 0 && wanted.to > pool->most)) return EINVAL;
    return memory_.change(*pool, wanted.to);
  }

  const PoolChanges& wanted_;
  OpenedMemory memory_;
  TargetProcess process_;
  int denied_ = 0;
  std::vector<LivePool> pools_;
};

}  // namespace
}  // namespace linux_os

void change_pools(const std::vector<PoolChanges>& processes, const ReadLimits& limits,
                  const std::function<void(int pid)>& before, const std::function<void(const ChangedPools&)>& done) {
  linux_os::Budget budget(limits);
  linux_os::ElfFiles files(budget);
  for (const auto& wanted : processes) {
    before(wanted.pid);
    done(linux_os::PoolChanger(wanted, budget, files).change());
  }
}

}  // namespace governor

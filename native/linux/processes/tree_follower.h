// A process tree, kept up to date cheaply: the kernel reports the newest pid in one line, and a process's CPU time by
// its clock, both without listing /proc. /proc is listed only now and then.
#pragma once
#include <unordered_map>
#include <vector>

#include "core/platform/processes.h"
#include "linux/procfs/descriptor.h"
#include "linux/procfs/files.h"

namespace governor::linux_os {

struct Stat;

// The newest pid of a process or thread: the last field of /proc/loadavg.
class NewestPid {
 public:
  NewestPid();
  int read() const;  // -1: unknown

 private:
  Descriptor file_;
};

class TreeFollower {
 public:
  // pid: the root's.
  explicit TreeFollower(int pid);
  // Looks at the tree and returns whether tree() has changed. now: nanoseconds of the monotonic clock.
  bool look(int64_t now);
  // This many looks see every process at least once.
  static constexpr int kTurns = 8;
  // The mature processes, parents before their children; empty if the root has ended.
  std::vector<FollowedProcess> tree() const;

 private:
  struct Member {
    FollowedProcess record;
    int64_t first_seen, cpu_time;
    int64_t mark_time, mark_cpu_time;  // when, and at what CPU time, counting of its work began
    int64_t worked_at;
    bool mature = false;
  };
  bool list_all(int64_t now);
  void look_for_new(int newest, int64_t now);
  bool look_at_members(int64_t now);
  template <typename Which>
  bool look_at_those(int64_t now, Which which);
  bool grow(int pid);
  bool list_is_due(int64_t now) const;
  bool mature(Member& member);
  static bool update(Member& member, const Stat& stat);
  bool work(Member& member, int64_t cpu_time, int64_t now);
  void add(const Stat& stat, int64_t now);

  int root_;
  Directory proc_;
  NewestPid newest_pid_;
  std::unordered_map<int, Member> members_;
  std::vector<int> unseen_;  // pids that are taken but not visible yet
  int newest_ = -1;          // pid of the last look; -1: unknown
  int turn_ = 0;
  bool lost_ = false;  // a member has ended: its children have another parent
  int64_t listed_at_ = 0, list_cost_ = 0;
  bool listed_ = false;
};

}  // namespace governor::linux_os

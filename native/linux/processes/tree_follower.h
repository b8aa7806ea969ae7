// A process tree, kept up to date by looks that cost little: the kernel tells the newest pid of all in one line, and a
// process's CPU time by its clock, both without listing /proc. That is listed now and then all the same.
#pragma once
#include <unordered_map>
#include <vector>

#include "core/platform.h"
#include "linux/procfs/files.h"

namespace governor::linux_os {

struct Stat;

// The pid that was given last, to a process or a thread, as the last field of /proc/loadavg has it.
class NewestPid {
 public:
  NewestPid();
  ~NewestPid();
  NewestPid(const NewestPid&) = delete;
  NewestPid& operator=(const NewestPid&) = delete;
  int read() const;  // -1: not told

 private:
  int file_;
};

class TreeFollower {
 public:
  // pid: of the tree's root.
  explicit TreeFollower(int pid);
  // Looks at it. Whether tree() tells anything else than before. now: nanoseconds of the monotonic clock.
  bool look(int64_t now);
  // So many looks see every process at least once.
  static constexpr int kTurns = 8;
  // The processes that are not too young, parents before their children; nothing where the root has ended.
  std::vector<FollowedProcess> tree() const;

 private:
  struct Member {
    FollowedProcess told;
    int64_t first_seen, cpu_time;
    int64_t mark_time, mark_cpu_time;  // since when its work is counted, and from what on
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
  static bool tell_anew(Member& member, const Stat& stat);
  bool work(Member& member, int64_t cpu_time, int64_t now);
  void add(const Stat& stat, int64_t now);

  int root_;
  Directory proc_;
  NewestPid newest_pid_;
  std::unordered_map<int, Member> members_;
  std::vector<int> unseen_;  // pids that were given, but not to be seen yet
  int newest_ = -1;          // pid of the last look; -1: the kernel does not tell
  int turn_ = 0;
  bool lost_ = false;  // a member has gone: its children have another parent
  int64_t listed_at_ = 0, list_cost_ = 0;
  bool listed_ = false;
};

}  // namespace governor::linux_os

#include "linux/processes/tree_follower.h"

#include <fcntl.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "core/text.h"
#include "linux/procfs/clock.h"
#include "linux/procfs/stat_line.h"

namespace governor::linux_os {
namespace {

constexpr int64_t kMillisecond = 1'000'000;
// A process that lives shorter and works less than this is not reported: most of what a shell starts.
constexpr int64_t kYoung = 100 * kMillisecond, kFirstWork = 5 * kMillisecond;
// A process that works less than kWork in this time rests.
constexpr int64_t kRest = 1000 * kMillisecond, kWork = 10 * kMillisecond;
// Lists of all processes: how far apart at least and at most, and how many times their cost.
constexpr int64_t kSoonestList = 500 * kMillisecond, kLatestList = 10'000 * kMillisecond;
constexpr int64_t kShare = 5000, kShareWhenLost = 200;
// If more pids than this are new, list all processes instead.
constexpr int kMostNew = 4096;

int64_t own_cpu_time() {
  timespec time{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return nanoseconds(time);
}

// Nanoseconds of CPU time of all threads of a process, including ended ones; nullopt if there is no such process. The
// clock's number is the kernel's CPUCLOCK_SCHED of include/linux/posix-timers.h.
std::optional<int64_t> cpu_time_of(int pid) {
  const auto clock = static_cast<clockid_t>((~static_cast<unsigned>(pid) << 3) | 2);
  timespec time{};
  if (::clock_gettime(clock, &time) != 0) return std::nullopt;
  return nanoseconds(time);
}

// A process whose first thread has ended is a zombie too, and its other threads may run.
bool has_ended(const Stat& stat) { return stat.state == 'X' || (stat.state == 'Z' && stat.field[20] < 2); }

// The addresses of its code, stack and environment differ from one exec to the next.
FollowedProcess record_of(const Stat& stat) {
  const auto image = static_cast<uint64_t>(stat.field[26]) * 31 + static_cast<uint64_t>(stat.field[28]) * 17 +
                     static_cast<uint64_t>(stat.field[48]);
  return {.pid = static_cast<int>(stat.id),
          .ppid = static_cast<int>(stat.field[4]),
          .start_time = stat.field[22],
          .comm = stat.comm,
          .image = static_cast<int64_t>(image & ((uint64_t{1} << 52) - 1)),
          .active = false};
}

bool is_same(const FollowedProcess& one, const FollowedProcess& other) {
  return one.ppid == other.ppid && one.image == other.image && one.comm == other.comm;
}

}  // namespace

NewestPid::NewestPid() : file_(::open("/proc/loadavg", O_RDONLY | O_CLOEXEC)) {}

int NewestPid::read() const {  // "0.42 0.30 0.25 2/345 6789"
  char text[128];
  const ssize_t got = file_ < 0 ? -1 : ::pread(file_, text, sizeof text, 0);
  if (got <= 0) return -1;
  const auto line = trimmed({text, static_cast<size_t>(got)});
  const auto blank = line.rfind(' ');
  const auto pid = blank == std::string_view::npos ? std::nullopt : number(line.substr(blank + 1));
  return pid && *pid > 0 && *pid < (1 << 30) ? static_cast<int>(*pid) : -1;
}

TreeFollower::TreeFollower(int pid) : root_(pid), proc_(open_proc()) {}

bool TreeFollower::look(int64_t now) {
  const int newest = newest_pid_.read();
  const bool changed = list_is_due(now) && list_all(now);
  if (newest >= 0 && newest_ >= 0) look_for_new(newest, now);  // after a list too: a new process is not listed at once
  newest_ = newest;
  return look_at_members(now) || changed;
}

std::vector<FollowedProcess> TreeFollower::tree() const {
  std::vector<FollowedProcess> found;
  if (!members_.contains(root_)) return found;
  for (const auto& [_, member] : members_) {
    if (member.mature) found.push_back(member.record);
  }
  std::sort(found.begin(), found.end(), [](const auto& one, const auto& other) {
    return std::pair(one.start_time, one.pid) < std::pair(other.start_time, other.pid);
  });
  return found;
}

bool TreeFollower::list_is_due(int64_t now) const {
  if (!listed_) return true;
  const int64_t share = newest_ < 0 || lost_ ? kShareWhenLost : kShare;
  const int64_t soonest = newest_ < 0 || lost_ ? kSoonestList / 10 : kSoonestList;
  return now - listed_at_ >= std::clamp(list_cost_ * share, soonest, kLatestList);
}

bool TreeFollower::list_all(int64_t now) {
  const int64_t cost = own_cpu_time();
  std::map<int, Stat> all;
  std::multimap<int, int> children;
  for (const unsigned number : proc_.numbered("")) {
    auto stat = read_stat(proc_, static_cast<int>(number));
    if (!stat || has_ended(*stat)) continue;
    const int pid = static_cast<int>(number);
    children.emplace(static_cast<int>(stat->field[4]), pid);
    all.emplace(pid, std::move(*stat));
  }
  std::vector<int> tree;
  if (all.contains(root_)) tree.push_back(root_);
  bool changed = false;
  std::unordered_map<int, Member> before;
  before.swap(members_);
  for (size_t i = 0; i < tree.size(); i++) {
    const int pid = tree[i];
    const auto known = before.find(pid);
    const Stat& stat = all.at(pid);
    if (known != before.end() && known->second.record.start_time == stat.field[22]) {
      Member member = std::move(known->second);
      changed = (update(member, stat) && member.mature) || changed;
      members_.emplace(pid, std::move(member));
      before.erase(known);
    } else {
      add(stat, now);
    }
    const auto [first, last] = children.equal_range(pid);
    for (auto child = first; child != last; ++child) {
      if (!members_.contains(child->second)) tree.push_back(child->second);
    }
  }
  for (const auto& [_, gone] : before) changed = changed || gone.mature;
  listed_ = true;
  lost_ = false;
  listed_at_ = now;
  list_cost_ = own_cpu_time() - cost;
  return changed;
}

// Looks at the pids between the last look's newest and this one's, and at those that were not visible then: a process
// has its pid before it can be found.
void TreeFollower::look_for_new(int newest, int64_t now) {
  std::vector<int> pids;
  pids.swap(unseen_);
  const size_t again = pids.size();
  const int64_t given = static_cast<int64_t>(newest) - newest_;
  if (given < 0 || given > kMostNew) {  // pids have wrapped around
    lost_ = true;
  } else {
    for (int pid = newest_ + 1; pid <= newest; pid++) pids.push_back(pid);
  }
  for (size_t i = 0; i < pids.size(); i++) {
    if (members_.contains(pids[i])) continue;
    const auto stat = cpu_time_of(pids[i]) ? read_stat(proc_, pids[i]) : std::nullopt;
    if (stat && has_ended(*stat)) continue;
    if (stat && members_.contains(static_cast<int>(stat->field[4]))) {
      add(*stat, now);
    } else if (i >= again) {
      unseen_.push_back(pids[i]);
    }
  }
}

// Returns whether it has another parent, or has called exec.
bool TreeFollower::update(Member& member, const Stat& stat) {
  const auto before = std::exchange(member.record, record_of(stat));
  member.record.active = before.active;
  return !is_same(before, member.record);
}

void TreeFollower::add(const Stat& stat, int64_t now) {
  const int pid = static_cast<int>(stat.id);
  members_.insert_or_assign(pid, Member{.record = record_of(stat),
                                        .first_seen = now,
                                        .cpu_time = 0,
                                        .mark_time = now,
                                        .mark_cpu_time = cpu_time_of(pid).value_or(0),
                                        .worked_at = now - kRest});
}

// Looks at the young ones and the root each time, at the others in turns; at all of them if a change is reported
// anyway.
bool TreeFollower::look_at_members(int64_t now) {
  turn_ = (turn_ + 1) % kTurns;
  bool changed = look_at_those(
      now, [&](int pid, const Member& member) { return !member.mature || pid == root_ || pid % kTurns == turn_; });
  std::vector<int> grown;
  for (const auto& [pid, member] : members_) {
    if (!member.mature && (pid == root_ || member.cpu_time >= kFirstWork || now - member.first_seen >= kYoung)) {
      grown.push_back(pid);
    }
  }
  if (grown.empty()) return changed;
  changed = look_at_those(now, [&](int pid, const Member& member) { return member.mature && pid % kTurns != turn_; }) ||
            changed;
  for (const int pid : grown) changed = grow(pid) || changed;
  return changed;
}

template <typename Which>
bool TreeFollower::look_at_those(int64_t now, Which which) {
  bool changed = false;
  std::vector<int> gone;
  for (auto& [pid, member] : members_) {
    if (!which(pid, member)) continue;
    const auto cpu_time = cpu_time_of(pid);
    if (!cpu_time || *cpu_time < member.cpu_time) {  // another process may have its pid
      changed = changed || member.mature;
      lost_ = lost_ || member.mature;
      gone.push_back(pid);
      continue;
    }
    const bool turned = work(member, *cpu_time, now);
    member.cpu_time = *cpu_time;
    changed = changed || (turned && member.mature && pid != root_);
  }
  for (const int pid : gone) members_.erase(pid);
  return changed;
}

// Makes a process mature, and its ancestors with it.
bool TreeFollower::grow(int pid) {
  bool changed = false;
  for (auto at = members_.find(pid); at != members_.end() && !at->second.mature;
       at = members_.find(at->second.record.ppid)) {
    if (!mature(at->second)) {
      members_.erase(at);
      break;
    }
    changed = true;
  }
  return changed;
}

// Returns whether it has begun to work, or to rest.
bool TreeFollower::work(Member& member, int64_t cpu_time, int64_t now) {
  const int64_t enough = member.mature ? kWork : kFirstWork;
  if (cpu_time - member.mark_cpu_time >= enough) member.worked_at = now;
  if (cpu_time - member.mark_cpu_time >= enough || now - member.mark_time >= kRest) {
    member.mark_time = now;
    member.mark_cpu_time = cpu_time;
  }
  const bool before = std::exchange(member.record.active, now - member.worked_at < kRest);
  return before != member.record.active;
}

// Makes it mature: by now a fork has called exec. False if it has ended.
bool TreeFollower::mature(Member& member) {
  const auto stat = read_stat(proc_, member.record.pid);
  if (!stat || has_ended(*stat) || stat->field[22] != member.record.start_time) return false;
  update(member, *stat);
  member.mature = true;
  return true;
}

}  // namespace governor::linux_os

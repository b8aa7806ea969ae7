#include <errno.h>
#include <sys/mman.h>
#include <unistd.h>

#include <map>
#include <set>

#include "core/platform/lend.h"
#include "lend/look.h"
#include "lend/permit.h"

namespace governor {
namespace {

constexpr uint64_t kSleepsAfter = 100'000'000;  // a loan is given so long to be used, in ns
constexpr uint64_t kSleepingPart = 16;          // a process that used less than 1/16 of a time sleeps

class MappedPage : public LendPageOfRun {
 public:
  explicit MappedPage(int file) : self_(::getpid()) {
    const off_t size = ::lseek(file, 0, SEEK_END);
    const bool empty = size == 0;
    if (!empty && size != static_cast<off_t>(sizeof(LendPage))) throw OsError{EINVAL, "mmap", "the lend page"};
    if (empty && ::ftruncate(file, sizeof(LendPage)) != 0) throw OsError{errno, "ftruncate", "the lend page"};
    void* mapped = ::mmap(nullptr, sizeof(LendPage), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    if (mapped == MAP_FAILED) throw OsError{errno, "mmap", "the lend page"};
    page_ = static_cast<LendPage*>(mapped);
    if (empty) LEND_SET(page_->version, static_cast<uint32_t>(kLendVersion));
  }

  ~MappedPage() override {
    for (auto* cell : ours()) {
      end_loan(page_, cell);
      LEND_SET(cell->kept_at, uint64_t{0});
    }
    ::munmap(page_, sizeof(LendPage));
  }

  void lend(const std::vector<unsigned>& cpus, int owner, bool pinned, bool claimed) override {
    const uint64_t now = lend_now();
    const uint32_t flags = (pinned ? uint32_t{kLendPinned} : 0) | (claimed ? uint32_t{kLendClaimed} : 0);
    for (const unsigned cpu : cpus) {
      if (cpu >= kLendCpus) continue;
      auto& cell = page_->cells[cpu];
      const bool is_ours = LEND_GET(cell.keeper) == self_;
      const bool is_taken = !is_ours && lend_is_kept(&cell, now);
      if (is_taken && (!claimed || LEND_GET(cell.flags) & kLendClaimed)) continue;
      lent_.insert(cpu);
      if (!is_ours) LEND_SET(cell.borrower, 0);
      LEND_SET(cell.keeper, self_);
      LEND_SET(cell.idle, 0u);
      LEND_SET(cell.others, 0u);
      LEND_SET(cell.looked_at, uint64_t{0});
      LEND_SET(cell.flags, flags);
      LEND_SET(cell.owner, owner);
      LEND_SET(cell.kept_at, now);
      if (cpu >= LEND_GET(page_->cpus)) LEND_SET(page_->cpus, cpu + 1);
    }
  }

  void withhold(const std::vector<unsigned>& cpus) override {
    const std::set<unsigned> used(cpus.begin(), cpus.end());
    for (auto* cell : ours()) {
      const bool is_used = used.count(static_cast<unsigned>(cell - page_->cells)) > 0;
      LEND_SET(cell->others, static_cast<uint32_t>(is_used));
      if (is_used) end_loan(page_, cell);
    }
  }

  unsigned keep() override {
    const uint64_t now = lend_now();
    unsigned borrowed = 0;
    std::map<int, bool> sleeping;
    for (auto* cell : ours()) {
      LEND_SET(cell->kept_at, now);
      const int borrower = LEND_GET(cell->borrower);
      if (borrower == 0) continue;
      if (!sleeping.count(borrower)) sleeping[borrower] = sleeps(borrower, now);
      const bool unused = sleeping[borrower] && now > LEND_GET(cell->borrowed_at) + kSleepsAfter;
      if (unused || !lend_owner_is_idle(page_, cell, now))
        end_loan(page_, cell);
      else
        borrowed++;
    }
    for (auto it = uses_.begin(); it != uses_.end();) it = sleeping.count(it->first) ? std::next(it) : uses_.erase(it);
    return borrowed;
  }

  std::vector<LentCpu> cpus() const override {
    std::vector<LentCpu> found;
    const uint64_t now = lend_now();
    for (unsigned cpu = 0; cpu < kLendCpus && cpu < LEND_GET(page_->cpus); cpu++) {
      auto& cell = page_->cells[cpu];
      if (!lend_is_kept(&cell, now)) continue;
      const int owner = LEND_GET(cell.owner), borrower = LEND_GET(cell.borrower);
      found.push_back({.cpu = cpu,
                       .owner = owner,
                       .borrower = borrower,
                       .ours = LEND_GET(cell.keeper) == self_,
                       .others = LEND_GET(cell.others) != 0,
                       .owner_used = used_by(owner),
                       .borrower_used = used_by(borrower)});
    }
    return found;
  }

 private:
  struct Use {
    uint64_t used, at;
  };

  // Without those that another run has claimed and lends since.
  std::vector<LendCell*> ours() {
    std::vector<LendCell*> found;
    for (const unsigned cpu : lent_) {
      if (LEND_GET(page_->cells[cpu].keeper) == self_) found.push_back(&page_->cells[cpu]);
    }
    return found;
  }

  static int64_t used_by(int pid) {
    uint64_t used = 0;
    return pid > 0 && lend_cpu_time(pid, &used) ? static_cast<int64_t>(used) : 0;
  }

  // Whether a process has ended, or has used next to nothing since the last call.
  bool sleeps(int pid, uint64_t now) {
    uint64_t used = 0;
    if (!lend_cpu_time(pid, &used)) return true;
    const auto before = uses_.find(pid);
    const bool sleeps = before != uses_.end() && used - before->second.used < (now - before->second.at) / kSleepingPart;
    uses_[pid] = {used, now};
    return sleeps;
  }

  const int self_;
  LendPage* page_;
  std::set<unsigned> lent_;
  std::map<int, Use> uses_;  // of borrowers
};

}  // namespace

std::unique_ptr<LendPageOfRun> open_lend_page(int file) { return std::make_unique<MappedPage>(file); }

}  // namespace governor

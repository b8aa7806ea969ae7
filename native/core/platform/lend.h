// CPUs that processes lend each other through a page that all of them map (native/lend/page.h).
#pragma once
#include <cstdint>
#include <memory>
#include <vector>

#include "core/error.h"

namespace governor {

// A CPU that is lent at the moment.
struct LentCpu {
  unsigned cpu;
  int owner;              // pid
  int borrower;           // pid; 0: nobody has borrowed it
  bool ours;              // lent by this process
  bool others;            // withheld, because a program uses it that is neither
  int64_t owner_used;     // CPU time in ns; 0: it has ended
  int64_t borrower_used;  // as above
};

// The page, as one run or launch sees it. What it lends is withdrawn when this object is destroyed.
class LendPageOfRun {
 public:
  LendPageOfRun() = default;
  LendPageOfRun(const LendPageOfRun&) = delete;
  LendPageOfRun& operator=(const LendPageOfRun&) = delete;
  virtual ~LendPageOfRun() = default;
  // Lends CPUs of a process: from now on it is their owner. `pinned`: it is pinned to them. A CPU that another run
  // lends stays that one's, unless only this one has claimed it.
  virtual void lend(const std::vector<unsigned>& cpus, int owner, bool pinned, bool claimed) = 0;
  // Withholds just these of the CPUs that this run lends, and ends their loans.
  virtual void withhold(const std::vector<unsigned>& cpus) = 0;
  // Says that the run is alive; ends loans whose borrower has ended or sleeps, or whose owner is back. To be called
  // several times in a second. Returns how many CPUs of this run are borrowed now.
  virtual unsigned keep() = 0;
  virtual std::vector<LentCpu> cpus() const = 0;
};

// `file`: open for reading and writing, empty or a page; its size is set. Throws OsError EINVAL for anything else.
std::unique_ptr<LendPageOfRun> open_lend_page(int file);

}  // namespace governor

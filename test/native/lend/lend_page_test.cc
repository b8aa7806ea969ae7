// CPUs that processes lend each other: who may use which, and how loans end. The page is a file in memory, the owners
// and borrowers are real processes.
#include <sched.h>
#include <sys/mman.h>

#include <cstring>
#include <fstream>

#include "core/platform/affinity.h"
#include "core/platform/lend.h"
#include "lend/look.h"
#include "lend/permit.h"
#include "native/helpers/check.h"
#include "native/helpers/children.h"

using governor::LendPageOfRun;
using governor::open_lend_page;
using Cpus = std::vector<unsigned>;

namespace {

constexpr uint64_t kLooksOld = 1'000'000'000;  // after so many ns every owner is looked at again

// A page, as a run and as processes see it. CPUs from 100 on exist on no machine that runs this.
struct Page {
  Page() : file(::memfd_create("page", 0)), run(open_lend_page(file)) {
    page = static_cast<LendPage*>(::mmap(nullptr, sizeof(LendPage), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0));
    std::memset(&all, 0xff, sizeof all);
  }
  ~Page() {
    ::munmap(page, sizeof(LendPage));
    ::close(file);
  }
  void lend(unsigned cpu, int owner, bool claimed = true) { run->lend({cpu}, owner, false, claimed); }
  int borrower(unsigned cpu) { return page->cells[cpu].borrower; }
  // Owners are judged anew, by what they have used since they were lent from.
  Permit renew(int pid) {
    for (auto& cell : page->cells) {
      if (cell.looked_at != 0) cell.looked_at -= kLooksOld;
    }
    return renew_permit(page, pid, &all);
  }

  int file;
  std::unique_ptr<LendPageOfRun> run;
  LendPage* page;
  CpuMask all;
};

int sleeper(Children& children) {
  const int pid = children.start(sleep_on);
  for (char state = 0; state != 'S';) {
    std::ifstream stat("/proc/" + std::to_string(pid) + "/stat");
    std::string number, name;
    stat >> number >> name >> state;
  }
  return pid;
}

void a_page_is_one_file_of_one_size() {
  const int file = ::memfd_create("page", 0);
  { const auto first = open_lend_page(file), second = open_lend_page(file); }
  CHECK_EQ(::lseek(file, 0, SEEK_END), static_cast<off_t>(sizeof(LendPage)));
  CHECK_EQ(::ftruncate(file, 100), 0);
  bool refused = false;
  try {
    open_lend_page(file);
  } catch (const governor::OsError& error) {
    refused = error.code == EINVAL;
  }
  CHECK(refused);
  ::close(file);
}

void a_sleeping_owner_lends_and_a_working_one_does_not() {
  Page page;
  Children children;
  const int idle = sleeper(children);
  const int worker = children.start([] { work(3600 * 1000 * kMillisecond); });
  page.lend(100, idle);
  page.lend(101, worker);
  page.lend(102, ::getpid());
  const auto permit = page.renew(::getpid());
  CHECK_EQ(permit.own, 1);
  CHECK_EQ(permit.borrowed, 1);
  CHECK_EQ(page.borrower(100), ::getpid());
  CHECK_EQ(page.borrower(101), 0);
}

void an_owner_that_has_ended_lends() {
  Page page;
  Children children;
  const int owner = children.start([] { work(3600 * 1000 * kMillisecond); });
  page.lend(100, owner);
  CHECK_EQ(page.renew(::getpid()).borrowed, 0);
  children.end(owner);
  CHECK_EQ(page.renew(::getpid()).borrowed, 1);
}

void an_owner_takes_back_what_it_needs() {
  Page page;
  Children children;
  const int owner = sleeper(children);
  page.lend(100, owner);
  CHECK_EQ(page.renew(::getpid()).borrowed, 1);
  take_back(page.page, owner);
  CHECK_EQ(page.borrower(100), 0);
  CHECK_EQ(permit_of(page.page, ::getpid()).borrowed, 0);
}

void a_borrower_shares_with_one_that_has_none() {
  Page page;
  Children children;
  const int owner = sleeper(children), other = sleeper(children);
  for (unsigned cpu = 100; cpu < 104; cpu++) page.lend(cpu, owner);
  CHECK_EQ(page.renew(::getpid()).borrowed, 4);
  CHECK_EQ(page.renew(other).borrowed, 2);
  CHECK_EQ(page.renew(::getpid()).borrowed, 2);
  CHECK_EQ(page.renew(other).borrowed, 2);
  give_back(page.page, other);
  CHECK_EQ(page.renew(::getpid()).borrowed, 4);
}

void a_loan_ends_with_its_borrower() {
  Page page;
  Children children;
  const int owner = sleeper(children), borrower = sleeper(children);
  page.lend(100, owner);
  CHECK_EQ(page.renew(borrower).borrowed, 1);
  children.end(borrower);
  page.page->cells[100].borrowed_at -= kLooksOld;
  CHECK_EQ(page.run->keep(), 0u);
  CHECK_EQ(page.borrower(100), 0);
}

void threads_of_a_pinned_borrower_leave_a_cpu_whose_loan_ends() {
  const auto cpus = governor::affinity(0).cpus();
  if (cpus.size() < 2) return;
  Page page;
  Children children;
  const int owner = sleeper(children), borrower = sleeper(children);
  governor::Cpuset both;
  both.add(cpus[0]);
  both.add(cpus[1]);
  governor::set_affinity(borrower, both);
  page.run->lend({cpus[0]}, borrower, true, true);
  page.run->lend({cpus[1]}, owner, true, true);
  CHECK_EQ(page.renew(borrower).borrowed, 1);
  take_back(page.page, owner);
  CHECK_EQ(governor::affinity(borrower).cpus(), Cpus{cpus[0]});
}

void what_is_used_by_others_is_withheld() {
  Page page;
  Children children;
  page.lend(100, sleeper(children));
  CHECK_EQ(page.renew(::getpid()).borrowed, 1);
  page.run->withhold({100});
  CHECK_EQ(page.borrower(100), 0);
  CHECK_EQ(page.renew(::getpid()).borrowed, 0);
  page.run->withhold({});
  CHECK_EQ(page.renew(::getpid()).borrowed, 1);
}

void a_run_that_is_gone_lends_nothing() {
  Page page;
  Children children;
  page.lend(100, sleeper(children));
  CHECK_EQ(page.renew(::getpid()).borrowed, 1);
  page.page->cells[100].kept_at -= 2 * kLooksOld;
  CHECK_EQ(permit_of(page.page, ::getpid()).borrowed, 0);
  page.run->keep();
  CHECK_EQ(page.renew(::getpid()).borrowed, 1);
  page.run.reset();
  CHECK_EQ(permit_of(page.page, ::getpid()).borrowed, 0);
}

void a_claim_counts_more_than_a_cpu_that_was_free() {
  Page page;
  Children children;
  const int first = sleeper(children), second = sleeper(children);
  const auto lends = [&](int owner, bool claimed) {
    const Handshake done;
    children.start([&] {
      const auto other = open_lend_page(page.file);
      other->lend({100}, owner, false, claimed);
      done.give();
      sleep_on();
    });
    done.await();
    return page.page->cells[100].owner;
  };
  page.lend(100, first, false);
  CHECK_EQ(lends(second, false), first);
  CHECK_EQ(lends(second, true), second);
  page.lend(100, first, true);
  CHECK_EQ(page.page->cells[100].owner, second);
  page.run->withhold({100});
  CHECK_EQ(page.page->cells[100].others, 0u);
}

}  // namespace

int main() {
  a_page_is_one_file_of_one_size();
  a_sleeping_owner_lends_and_a_working_one_does_not();
  an_owner_that_has_ended_lends();
  an_owner_takes_back_what_it_needs();
  a_borrower_shares_with_one_that_has_none();
  a_loan_ends_with_its_borrower();
  threads_of_a_pinned_borrower_leave_a_cpu_whose_loan_ends();
  what_is_used_by_others_is_withheld();
  a_run_that_is_gone_lends_nothing();
  a_claim_counts_more_than_a_cpu_that_was_free();
  return check::result();
}

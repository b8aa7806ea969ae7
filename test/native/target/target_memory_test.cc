#include "linux/target/target_memory.h"

#include <errno.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <string>

#include "native/helpers/check.h"

using governor::linux_os::TargetMemory;
using Piece = TargetMemory::Piece;

namespace {

constexpr size_t kPage = 65536;  // the largest page of a kernel that we run on
constexpr size_t kPages = 5;     // 1 and 3 cannot be read

// A child with its own pages: the byte at offset N is N / 8 and so on, page 1 and 3 are guards.
class Target {
 public:
  Target() {
    memory_ = static_cast<unsigned char*>(
        ::mmap(nullptr, kPages * kPage, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
    CHECK(memory_ != MAP_FAILED);
    int ready[2];
    CHECK_EQ(::pipe(ready), 0);
    pid_ = ::fork();
    if (pid_ == 0) live(ready[1]);
    ::close(ready[1]);
    char byte = 0;
    CHECK_EQ(::read(ready[0], &byte, 1), ssize_t{1});
    ::close(ready[0]);
  }
  ~Target() {
    end();
    ::munmap(memory_, kPages * kPage);
  }
  void end() {
    if (pid_ <= 0) return;
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
    pid_ = 0;
  }
  int pid() const { return pid_; }
  TargetMemory memory() const { return TargetMemory(pid_, budget_); }
  uint64_t page(size_t index) const { return reinterpret_cast<uint64_t>(memory_) + index * kPage; }
  static uint64_t word(size_t page, size_t offset) { return 0x1234'0000'0000'0000 + page * kPage + offset; }

 private:
  [[noreturn]] void live(int ready) const {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    for (size_t page = 0; page < kPages; page++) {
      for (size_t at = 0; at < kPage; at += 8) {
        *reinterpret_cast<uint64_t*>(memory_ + page * kPage + at) = word(page, at);
      }
    }
    for (const size_t guard : {1, 3}) ::mprotect(memory_ + guard * kPage, kPage, PROT_NONE);
    if (::write(ready, "", 1) != 1) ::_exit(1);
    while (true) ::pause();
  }
  unsigned char* memory_;
  int pid_;
  mutable governor::linux_os::Budget budget_{{.cpu_ms = 60'000, .bytes = 1 << 30, .memory = 0}};
};

void reads_whole_or_not_at_all() {
  const Target target;
  const TargetMemory memory = target.memory();
  CHECK_EQ(memory.read_word(target.page(0)), Target::word(0, 0));
  CHECK_EQ(memory.read_word(target.page(2) + 4096), Target::word(2, 4096));
  CHECK_EQ(memory.read_word(target.page(1) - 8), Target::word(0, kPage - 8));
  for (const uint64_t address :
       {target.page(1) - 4, target.page(1), uint64_t{0}, uint64_t{8}, uint64_t{1} << 63, UINT64_MAX, UINT64_MAX - 7}) {
    errno = 0;
    CHECK_EQ(memory.read_word(address), std::nullopt);
    CHECK_EQ(errno, EFAULT);
  }
  std::vector<char> both(kPage * 2);
  CHECK(memory.read(target.page(0), both.data(), kPage));
  CHECK(!memory.read(target.page(0), both.data(), kPage + 1));
  CHECK(!memory.read(target.page(0), both.data(), SIZE_MAX));
  CHECK(memory.read(0, nullptr, 0));
}

void reports_why_not() {
  Target target;
  const TargetMemory memory = target.memory();
  target.end();
  CHECK_EQ(memory.read_word(target.page(0)), std::nullopt);
  CHECK_EQ(errno, ESRCH);
  uint64_t word = 0;
  std::vector<Piece> pieces{{target.page(0), &word, 8}};
  memory.read_all(pieces);
  CHECK(!pieces[0].done);
  CHECK_EQ(errno, ESRCH);
}

void a_bad_piece_does_not_lose_the_others() {
  const Target target;
  std::vector<uint64_t> words(5000);
  std::vector<Piece> pieces;
  const auto is_bad = [](size_t i) { return i % 7 == 3 || i == 0 || (i > 2000 && i < 2100) || i == 4999; };
  for (size_t i = 0; i < words.size(); i++) {
    const uint64_t bad = i % 2 == 0 ? target.page(1) - 4 : UINT64_MAX - 3;  // in part, and around the end
    pieces.push_back({is_bad(i) ? bad : target.page(i % 2 * 2) + i * 8, &words[i], 8});
  }
  target.memory().read_all(pieces);
  for (size_t i = 0; i < words.size(); i++) {
    CHECK_EQ(pieces[i].done, !is_bad(i));
    if (!is_bad(i)) CHECK_EQ(words[i], Target::word(i % 2 * 2, i * 8));
  }
}

void reads_pieces_of_any_size() {
  const Target target;
  std::vector<char> page(kPage);
  uint64_t word = 0;
  std::vector<Piece> pieces{{0, nullptr, 0},
                            {target.page(0), page.data(), SIZE_MAX},
                            {target.page(2), &word, 8},
                            {target.page(0), page.data(), kPage + 1},
                            {target.page(4), page.data(), kPage}};
  target.memory().read_all(pieces);
  const bool done[] = {true, false, true, false, true};
  for (size_t i = 0; i < pieces.size(); i++) CHECK_EQ(pieces[i].done, done[i]);
  CHECK_EQ(word, Target::word(2, 0));
  std::vector<Piece> none;
  target.memory().read_all(none);
}

}  // namespace

int main() {
  reads_whole_or_not_at_all();
  reports_why_not();
  a_bad_piece_does_not_lose_the_others();
  reads_pieces_of_any_size();
  return check::result();
}

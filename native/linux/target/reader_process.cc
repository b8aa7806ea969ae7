#include "linux/target/reader_process.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <new>
#include <string_view>

#include "core/owners_json.h"
#include "core/pools_json.h"
#include "linux/processes/signal_mask.h"
#include "linux/procfs/files.h"
#include "linux/procfs/lines.h"

namespace governor {

namespace linux_os {
namespace {

constexpr int kStdio = 3;
constexpr int kMostWithoutCloseRange = 65536;  // descriptors below this are closed one by one

// Our pipes would not end while a reader that hangs has them open.
int keep_only(int output) {
  const int kept = ::fcntl(output, F_DUPFD, kStdio);
  const int null = ::open("/dev/null", O_RDWR);
  for (int i = 0; i < kStdio; i++) ::dup2(null, i);
  ::dup2(kept, kStdio);
#ifdef SYS_close_range
  if (::syscall(SYS_close_range, kStdio + 1, ~0u, 0) == 0) return kStdio;
#endif
  for (int i = kStdio + 1; i < kMostWithoutCloseRange; i++) ::close(i);
  return kStdio;
}

// RLIMIT_DATA also counts what malloc takes of a range that it has reserved before, unlike RLIMIT_AS.
void limit_memory(int64_t more) {
  const auto text = read_file("/proc/self/status");
  const auto line = line_behind(text, "\nVmData:");
  const auto used = line ? number(std::string_view(*line).substr(0, line->find(" kB"))) : std::nullopt;
  rlimit limit{};
  if (!used || ::getrlimit(RLIMIT_DATA, &limit) != 0) return;
  limit.rlim_cur = std::min<rlim_t>(limit.rlim_max, static_cast<rlim_t>(*used * 1024 + more));
  ::setrlimit(RLIMIT_DATA, &limit);
}

void write_text(int output, std::string_view text) {
  while (!text.empty()) {
    const ssize_t wrote = ::write(output, text.data(), text.size());
    if (wrote < 0 && errno == EINTR) continue;
    if (wrote <= 0) ::_exit(1);
    text.remove_prefix(static_cast<size_t>(wrote));
  }
}

void read(int output, const ReadRequest& request) {
  const auto before = [output](int pid) { write_line(output, std::to_string(pid)); };
  const auto found = [output](const auto& record) { write_line(output, to_json(record)); };
  write_facts(output, request);
  change_pools(request.changes, request.limits, before, found);
  read_pools(request.pools, request.limits, before, found);
  read_owners(request.threads, request.variables, request.limits, before, found);
}

// Other threads of this process go on, and none is in the fork: it may use memory and files, but no lock that another
// thread may hold.
[[noreturn]] void run_reader(int parent, int output, const ReadRequest& request) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent) ::_exit(0);
  ::prctl(PR_SET_NAME, "thread-reader");
  // Signals for the process group are the parent's business, which kills this process when it ends.
  block_signals(kAllSignals);
  const rlimit none{0, 0};
  ::setrlimit(RLIMIT_CORE, &none);
  const int kept = keep_only(output);
  limit_memory(request.limits.memory);
  try {
    read(kept, request);
    write_line(kept, "done");
  } catch (const std::bad_alloc&) {
    write_text(kept, "no memory\n");
  } catch (...) {
    ::_exit(1);
  }
  ::_exit(0);
}

}  // namespace

void write_line(int output, std::string line) {
  line += '\n';
  write_text(output, line);
}

}  // namespace linux_os

Reader start_reader(const ReadRequest& request) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) throw OsError{errno, "pipe2", "reader"};
  const int parent = ::getpid();
  const uint64_t before = linux_os::block_signals(linux_os::kAllSignals);
  const int pid = ::fork();
  if (pid == 0) linux_os::run_reader(parent, ends[1], request);
  const int failed = errno;
  linux_os::block_signals(before);
  ::close(ends[1]);
  if (pid < 0) {
    ::close(ends[0]);
    throw OsError{failed, "fork", "reader"};
  }
  ::fcntl(ends[0], F_SETFL, O_NONBLOCK);
  return {pid, ends[0]};
}

int reap_reader(int pid) {
  int status = 0;
  pid_t ended;
  while ((ended = ::waitpid(pid, &status, WNOHANG)) < 0 && errno == EINTR) continue;
  if (ended < 0) throw OsError{errno, "waitpid", std::to_string(pid)};
  return ended == pid ? status : -1;
}

}  // namespace governor

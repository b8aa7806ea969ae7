#include "linux/launch/detach.h"

#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstring>

#include "linux/launch/children.h"
#include "linux/processes/signal_mask.h"
#include "linux/procfs/files.h"
#include "linux/procfs/stat_line.h"

namespace governor::linux_os {
namespace {

constexpr int kMostWithoutProc = 65536;  // descriptors below this are closed one by one if /proc cannot list them

// "thread-warden for 1234": ps shows whose it is, and a pkill -f that is meant for the origin does not match.
void set_name(const Origin& origin, const char* name) {
  ::prctl(PR_SET_NAME, name);
  if (origin.command_line_size == 0) return;
  char text[64];
  char* end = ::stpcpy(::stpcpy(text, name), " for ");
  end = std::to_chars(end, std::end(text), origin.pid).ptr;
  const size_t length = std::min<size_t>(static_cast<size_t>(end - text), origin.command_line_size - 1);
  ::memset(origin.command_line, 0, origin.command_line_size);
  ::memcpy(origin.command_line, text, length);
}

}  // namespace

Origin read_origin() {
  const auto text = read_file("/proc/self/stat");
  const auto stat = text ? parse_stat(*text) : std::nullopt;
  const int64_t begin = stat ? stat->field[48] : 0, end = stat ? stat->field[49] : 0;
  const bool known = begin > 0 && end > begin;
  return {::getpid(), reinterpret_cast<char*>(static_cast<uintptr_t>(begin)),
          known ? static_cast<size_t>(end - begin) : 0};
}

int fork_bare() { return static_cast<int>(::syscall(SYS_clone, SIGCHLD, nullptr, nullptr, nullptr, nullptr)); }

void detach(const Origin& origin, const char* name) {
  ::setpgid(0, 0);
  block_signals(kAllSignals);
  struct sigaction plain {};
  plain.sa_handler = SIG_DFL;
  ::sigaction(SIGCHLD, &plain, nullptr);
  ::prctl(PR_SET_CHILD_SUBREAPER, 1);
  ::prctl(PR_SET_PDEATHSIG, SIGCONT);  // also if it is stopped, it acts when its parent has gone
  set_name(origin, name);
}

int close_others(const Kept& kept, bool inherited) {
  ::close(kept.launch_end);  // first: it makes room for what is opened here, and the warden must see the launch's end
  int control = kept.control;
  if (control < kStdio) control = std::max(control, ::fcntl(control, F_DUPFD_CLOEXEC, kStdio));
  const int null = ::open("/dev/null", O_RDWR | O_CLOEXEC);
  for (int i = 0; i < kStdio; i++) {
    if (i != control) ::dup3(null, i, O_CLOEXEC);
  }
  if (null >= kStdio) ::close(null);
  const int list = ::open("/proc/self/fd", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  const auto close_other = [&](int descriptor) {
    const bool ours = descriptor < kStdio || descriptor == list || descriptor == control;
    const bool wanted = std::find(kept.others, kept.others + kept.count, descriptor) != kept.others + kept.count;
    const bool passes = inherited && !(::fcntl(descriptor, F_GETFD) & FD_CLOEXEC);
    if (!ours && !wanted && !passes) ::close(descriptor);
  };
  if (list >= 0) {
    each_number(list, [&](int descriptor, const char*) { close_other(descriptor); });
    ::close(list);
    return control;
  }
  for (int descriptor = kStdio; descriptor < kMostWithoutProc; descriptor++) close_other(descriptor);
  return control;
}

}  // namespace governor::linux_os

#include "linux/launch/guardian.h"

#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstring>

#include "linux/compat/raw_fcntl.h"
#include "linux/launch/children.h"
#include "linux/procfs/files.h"
#include "linux/procfs/stat_line.h"

namespace governor::linux_os {
namespace {

// "thread-warden for 1234": ps shows whose it is, and a pkill -f that is meant for the origin finds nothing.
void be_called(const Origin& origin, const char* name) {
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

Origin origin() {
  const auto text = read_file("/proc/self/stat");
  const auto stat = text ? parse_stat(*text) : std::nullopt;
  const int64_t begin = stat ? stat->field[48] : 0, end = stat ? stat->field[49] : 0;
  const bool told = begin > 0 && end > begin;
  return {::getpid(), reinterpret_cast<char*>(static_cast<uintptr_t>(begin)),
          told ? static_cast<size_t>(end - begin) : 0};
}

void stand_apart(const Origin& origin, const char* name) {
  ::setpgid(0, 0);
  uint64_t all = ~uint64_t{0};
  ::syscall(SYS_rt_sigprocmask, SIG_SETMASK, &all, nullptr, sizeof all);
  struct sigaction plain {};
  plain.sa_handler = SIG_DFL;
  ::sigaction(SIGCHLD, &plain, nullptr);
  ::prctl(PR_SET_CHILD_SUBREAPER, 1);
  be_called(origin, name);
}

int keep_only(const Kept& kept, bool passed_on) {
  const int null = ::open("/dev/null", O_RDWR | O_CLOEXEC);
  const int behind_stdio = raw_fcntl(kept.control, F_DUPFD_CLOEXEC, kStdio);
  const int control = behind_stdio >= 0 ? behind_stdio : kept.control;
  for (int i = 0; i < kStdio; i++) ::dup3(null, i, O_CLOEXEC);
  const int list = ::open("/proc/self/fd", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  each_number(list, [&](int descriptor, const char*) {
    const bool ours = descriptor < kStdio || descriptor == list || descriptor == control;
    const bool wanted = std::find(kept.others, kept.others + kept.count, descriptor) != kept.others + kept.count;
    const bool passes = passed_on && !(raw_fcntl(descriptor, F_GETFD, 0) & FD_CLOEXEC);
    if (!ours && !wanted && !passes) ::close(descriptor);
  });
  ::close(list);
  return control;
}

}  // namespace governor::linux_os

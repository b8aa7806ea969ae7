#include "linux/target/target_files.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <string>

#include "native/helpers/check.h"

using governor::linux_os::Links;
using governor::linux_os::TargetFile;

namespace {

std::string made_tree() {
  char name[] = "/tmp/governor-target-files-XXXXXX";
  CHECK(::mkdtemp(name) != nullptr);
  const std::string top = name;
  CHECK_EQ(::mkdir((top + "/lib").c_str(), 0755), 0);
  const int file = ::open((top + "/lib/a.so").c_str(), O_WRONLY | O_CREAT, 0644);
  CHECK_EQ(::write(file, "abc", 3), ssize_t{3});
  ::close(file);
  CHECK_EQ(::symlink("a.so", (top + "/lib/link.so").c_str()), 0);
  CHECK_EQ(::symlink("lib", (top + "/linked").c_str()), 0);
  CHECK_EQ(::symlink("/etc/passwd", (top + "/lib/passwd").c_str()), 0);
  CHECK_EQ(::mkfifo((top + "/lib/fifo").c_str(), 0644), 0);
  return top;
}

int reason_of(const std::string& root, const std::string& path, Links links) {
  errno = 0;
  return TargetFile::find(root, path, links) ? 0 : errno;
}

void files_and_links(const std::string& top) {
  CHECK_EQ(reason_of(top, "/lib/a.so", Links::kRefused), 0);
  CHECK_EQ(reason_of(top, "//lib/./a.so", Links::kRefused), 0);
  CHECK_EQ(reason_of(top, "/lib/link.so", Links::kRefused), ELOOP);
  CHECK_EQ(reason_of(top, "/linked/a.so", Links::kRefused), ELOOP);
  CHECK_EQ(reason_of(top, "/lib/passwd", Links::kRefused), ELOOP);
  CHECK_EQ(reason_of(top, "/lib/none.so", Links::kRefused), ENOENT);
  CHECK_EQ(reason_of(top, "/lib/fifo", Links::kRefused), EINVAL);
  CHECK_EQ(reason_of(top, "/lib", Links::kRefused), EINVAL);
  CHECK_EQ(reason_of("/", top + "/lib/link.so", Links::kFollowed), 0);
}

void files_with_effects() {
  for (const char* path : {"/proc/self/status", "/proc/kmsg", "/sys/kernel/uevent_seqnum", "/dev/zero", "/dev/tty"}) {
    for (const auto links : {Links::kRefused, Links::kFollowed}) CHECK(reason_of("/", path, links) != 0);
  }
  // A link of procfs that leads to an open file: not even if links are followed.
  const int file = ::open("/etc/passwd", O_RDONLY);
  CHECK_EQ(reason_of("/", "/proc/self/fd/" + std::to_string(file), Links::kRefused), ELOOP);
  ::close(file);
}

void reads_within_the_budget(const std::string& top) {
  governor::linux_os::Budget budget({.cpu_ms = 1000, .bytes = 4, .memory = 0});
  const governor::linux_os::TargetBytes bytes(TargetFile::find(top, "/lib/a.so", Links::kRefused)->open(), budget);
  char text[4] = {};
  CHECK(bytes.opened() && bytes.read(0, text, 3));
  CHECK_EQ(std::string(text), std::string("abc"));
  CHECK(!bytes.read(0, text, 3));
  CHECK_EQ(std::string(budget.exhausted() ? budget.exhausted() : ""), std::string("bytes"));
}

void nothing_leads_out_of_the_root(const std::string& top) {
  CHECK(reason_of(top, "/../../etc/passwd", Links::kRefused) != 0);
}

// A filter under which openat2(2) is not there, as before Linux 5.6.
void refuse_openat2() {
  constexpr unsigned kOpenat2 = 437;
  sock_filter code[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, kOpenat2, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  const sock_fprog program{sizeof code / sizeof *code, code};
  CHECK_EQ(::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), 0);
  CHECK_EQ(::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program), 0);
}

}  // namespace

int main() {
  const std::string top = made_tree();
  files_and_links(top);
  files_with_effects();
  nothing_leads_out_of_the_root(top);
  reads_within_the_budget(top);
  refuse_openat2();
  files_and_links(top);
  files_with_effects();
  nothing_leads_out_of_the_root(top);
  CHECK_EQ(::system(("rm -rf " + top).c_str()), 0);
  return check::result();
}

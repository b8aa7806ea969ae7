#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <string>
#include <vector>

#include "core/platform/locks.h"
#include "native/helpers/check.h"
#include "native/helpers/tree.h"

using governor::is_locked;
using governor::lock_directory;
using governor::lock_file;
using governor::read_locked_files;

namespace {

class Place {
 public:
  Place() { CHECK(::mkdtemp(path_) != nullptr); }
  ~Place() {
    ::unlink(file().c_str());
    ::rmdir(path_);
  }
  std::string file() const { return std::string(path_) + "/file"; }
  int open_file(int flags = O_RDWR | O_CREAT) const { return ::open(file().c_str(), flags | O_CLOEXEC, 0644); }
  int open_directory() const { return ::open(path_, O_RDONLY | O_DIRECTORY | O_CLOEXEC); }

 private:
  char path_[32] = "/tmp/governor-locks-XXXXXX";
};

// A child that does something, reports it, and waits to be killed.
template <typename Work>
int child_after(Work work) {
  int ends[2];
  if (::pipe(ends) != 0) return -1;
  const int pid = ::fork();
  if (pid == 0) {
    const char done = work() ? 'y' : 'n';
    if (::write(ends[1], &done, 1) != 1) ::_exit(1);
    while (true) ::pause();
  }
  char answer = 0;
  CHECK_EQ(::read(ends[0], &answer, 1), ssize_t{1});
  CHECK_EQ(answer, 'y');
  ::close(ends[0]);
  ::close(ends[1]);
  return pid;
}

void kill_and_reap(int pid) {
  ::kill(pid, SIGKILL);
  ::waitpid(pid, nullptr, 0);
}

void a_file_has_one_holder() {
  const Place place;
  const int first = place.open_file(), second = place.open_file(), reader = place.open_file(O_RDONLY);
  CHECK(!is_locked(reader));
  CHECK(lock_file(first));
  CHECK(lock_file(first));  // it has it already
  CHECK(!lock_file(second));
  CHECK(is_locked(second));
  CHECK(is_locked(reader));
  CHECK(!is_locked(first));
  ::close(second);
  CHECK(is_locked(reader));  // not as POSIX locks, which the closing of any opening ends
  ::close(first);
  CHECK(!is_locked(reader));
  ::close(reader);
}

void the_lock_dies_with_the_last_process_that_has_the_opening() {
  const Place place;
  const int file = place.open_file(), reader = place.open_file(O_RDONLY);
  CHECK(lock_file(file));
  const int pid = child_after([] { return true; });
  ::close(file);
  CHECK(is_locked(reader));
  kill_and_reap(pid);
  CHECK(!is_locked(reader));
  ::close(reader);
}

void the_lock_of_a_killed_process_is_gone() {
  const Place place;
  const int file = place.open_file();
  const int pid = child_after([&] { return lock_file(place.open_file()); });
  CHECK(!lock_file(file));
  kill_and_reap(pid);
  CHECK(lock_file(file));
  ::close(file);
}

// Who may only read a file can have a lock for reading, and that shall not pass for its owner's.
void a_lock_for_reading_is_none() {
  const Place place;
  const int file = place.open_file(), reader = place.open_file(O_RDONLY), other = place.open_file(O_RDONLY);
  struct flock lock {};
  lock.l_type = F_RDLCK;
  CHECK_EQ(::fcntl(reader, 37, &lock), 0);
  CHECK(!is_locked(other));
  ::close(reader);
  ::close(other);
  ::close(file);
}

void a_directory_has_one_holder() {
  const Place place;
  const int first = place.open_directory(), second = place.open_directory();
  CHECK(lock_directory(first));
  CHECK(!lock_directory(second));
  ::close(first);
  CHECK(lock_directory(second));
  ::close(second);
  const int pid = child_after([&] { return lock_directory(place.open_directory()); });
  const int third = place.open_directory();
  CHECK(!lock_directory(third));
  kill_and_reap(pid);
  CHECK(lock_directory(third));
  ::close(third);
}

int locked_with(const std::string& path, const std::string& text) {
  const int file = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
  CHECK_EQ(::write(file, text.data(), text.size()), static_cast<ssize_t>(text.size()));
  CHECK(lock_file(file));
  return file;
}

std::string record(char digit) { return std::string(16, digit); }

void files_are_read_within_limits() {
  Tree tree;
  const std::string root = tree.root() + "/";
  tree.file(record('0'), "stale").file("another", "name").file(record('g'), "no digit").link(record('1'), record('2'));
  tree.fifo(record('3')).directory(record('4'));
  const int files[] = {locked_with(root + record('2'), "12345"), locked_with(root + record('5'), std::string(11, 'x')),
                       locked_with(root + record('6'), "123456")};
  const int directory = ::open(root.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  const auto texts = [&](size_t file_bytes, size_t owner_bytes) {
    std::vector<std::string> found;
    for (const auto& [name, uid, locked, text] : read_locked_files(directory, {9, file_bytes, owner_bytes})) {
      CHECK_EQ(uid, ::getuid());
      CHECK_EQ(locked, name != record('0'));
      found.push_back(name.substr(0, 1) + text);
    }
    std::sort(found.begin(), found.end());
    return found;
  };
  CHECK_EQ(texts(10, 100), (std::vector<std::string>{"0", "212345", "5", "6123456"}));
  CHECK_EQ(texts(10, 0), (std::vector<std::string>{"0", "2", "5", "6"}));
  CHECK_EQ(texts(0, 100), (std::vector<std::string>{"0", "2", "5", "6"}));
  const auto one = texts(10, 6);  // there is room for one of them
  CHECK(one[1] == "2" || one[3] == "6");
  CHECK(one[1] != "2" || one[3] != "6");
  CHECK_FAILS(read_locked_files(directory, {8, 10, 100}), EFBIG, "getdents64");
  CHECK_FAILS(read_locked_files(files[0], {8, 10, 100}), ENOTDIR, "open");
  ::close(directory);
  for (const int file : files) ::close(file);
}

void reports_errors() {
  CHECK_FAILS(lock_directory(-1), EBADF, "flock");
  CHECK_FAILS(lock_file(-1), EBADF, "fcntl F_OFD_SETLK");
  CHECK_FAILS(is_locked(-1), EBADF, "fcntl F_OFD_GETLK");
  const Place place;
  const int writer = place.open_file(), reader = place.open_file(O_RDONLY);
  CHECK_FAILS(lock_file(reader), EBADF, "fcntl F_OFD_SETLK");  // not open for writing
  ::close(writer);
  ::close(reader);
}

}  // namespace

int main() {
  a_file_has_one_holder();
  the_lock_dies_with_the_last_process_that_has_the_opening();
  the_lock_of_a_killed_process_is_gone();
  a_lock_for_reading_is_none();
  a_directory_has_one_holder();
  files_are_read_within_limits();
  reports_errors();
  return check::result();
}

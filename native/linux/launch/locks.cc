// Locks of open file descriptions: they live as long as any process has the description open, and end with the last.
// fcntl_locking(2) and flock(2).
#include "core/platform/locks.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>

namespace governor {
namespace {

struct flock whole_file(short type) {
  struct flock lock {};
  lock.l_type = type;
  lock.l_whence = SEEK_SET;
  return lock;
}

bool held_elsewhere(int code) { return code == EAGAIN || code == EACCES || code == EWOULDBLOCK; }

}  // namespace

bool lock_directory(int directory) {
  while (::flock(directory, LOCK_EX | LOCK_NB) != 0) {
    if (held_elsewhere(errno)) return false;
    if (errno != EINTR) throw OsError{errno, "flock", "descriptor " + std::to_string(directory)};
  }
  return true;
}

bool lock_file(int file) {
  auto lock = whole_file(F_WRLCK);
  if (::fcntl(file, F_OFD_SETLK, &lock) == 0) return true;
  if (held_elsewhere(errno)) return false;
  throw OsError{errno, "fcntl F_OFD_SETLK", "descriptor " + std::to_string(file)};
}

// Asks for a read lock: only a write lock stands against it, and to hold one takes permission to write.
bool is_locked(int file) {
  auto lock = whole_file(F_RDLCK);
  if (::fcntl(file, F_OFD_GETLK, &lock) != 0) {
    throw OsError{errno, "fcntl F_OFD_GETLK", "descriptor " + std::to_string(file)};
  }
  return lock.l_type != F_UNLCK;
}

}  // namespace governor

// Locks that live as long as any process has this very opening of the directory or file open. Each call returns at
// once.
#pragma once
#include <memory>
#include <string>
#include <vector>

#include "core/error.h"

namespace governor {

bool lock_directory(int directory);  // false: another opening has it
bool lock_file(int file);            // open for writing; false: another opening has it
bool is_locked(int file);            // by an opening for writing other than this one

// A regular file that whoever may write it can lock.
struct LockedFile {
  std::string name;
  unsigned uid;      // of its owner
  bool locked;       // by an opening for writing
  std::string text;  // empty if it is not locked, or longer than may be read
};

// How much is read: of the names in a directory, of each file, and of the files of each owner together.
struct ReadLimits {
  size_t names, file_bytes, owner_bytes;
};

// The files of an open directory whose names have 16 hexadecimal digits, without those that we may not read. Throws
// OsError EFBIG if it has more names. Nothing is opened by a link, and no pipe or device is waited for.
std::vector<LockedFile> read_locked_files(int directory, const ReadLimits& limits);

// A directory whose files are watched until this object is destroyed.
class WatchedDirectory {
 public:
  WatchedDirectory() = default;
  WatchedDirectory(const WatchedDirectory&) = delete;
  WatchedDirectory& operator=(const WatchedDirectory&) = delete;
  virtual ~WatchedDirectory() = default;
  // The reading end of a pipe that gets a byte when a file has been created, written, removed, or closed by the last
  // process that had it open for writing: its lock ends just after that. The caller closes it.
  int changes() const { return changes_; }

 protected:
  int changes_ = -1;
};

std::unique_ptr<WatchedDirectory> watch_directory(const std::string& path);

}  // namespace governor

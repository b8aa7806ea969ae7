// The one place that opens files by paths which another process chose. Such a path may lead anywhere, and what it leads
// to may change at any time: so a file is opened without reading it (O_PATH), looked at, and only then opened through
// that descriptor. No device, no FIFO, and nothing of procfs or sysfs is opened, because opening or reading those has
// effects.
#pragma once
#include <sys/stat.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "linux/procfs/descriptor.h"
#include "linux/target/budget.h"

namespace governor::linux_os {

enum class Links {
  kRefused,   // no link in the path is followed: paths that the kernel reports have none
  kFollowed,  // but not those of procfs, which lead to open files of processes
};

// A regular file that is open for a look.
class TargetFile {
 public:
  // `root`: the directory that is "/" for the path. errno has the reason: ELOOP, ENOENT …; EINVAL: no regular file.
  static std::optional<TargetFile> find(const std::string& root, const std::string& path, Links links);
  TargetFile(TargetFile&& other) noexcept : place_(std::move(other.place_)), status_(other.status_) {}

  const struct statx& status() const { return status_; }
  uint64_t device() const { return uint64_t{status_.stx_dev_major} << 32 | status_.stx_dev_minor; }
  bool may_execute() const;
  // Opens it for reading; negative: it cannot be opened.
  Descriptor open() const;

 private:
  TargetFile(Descriptor&& place, const struct statx& status) : place_(std::move(place)), status_(status) {}

  Descriptor place_;
  struct statx status_;
};

// A file that is read within a budget.
class TargetBytes {
 public:
  TargetBytes(Descriptor&& file, Budget& budget) : file_(std::move(file)), budget_(budget) {}

  bool opened() const { return file_ >= 0; }
  // Reads all or nothing.
  bool read(uint64_t offset, void* to, size_t size) const;
  // Reads as much as there is; returns how much that was.
  size_t read_some(uint64_t offset, void* to, size_t size) const;

 private:
  Descriptor file_;
  Budget& budget_;
};

}  // namespace governor::linux_os

// The files of the ledger. Anybody may put anything there, and many of it.
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <map>
#include <string_view>

#include "core/platform/locks.h"
#include "linux/procfs/descriptor.h"
#include "linux/procfs/directory_entries.h"

namespace governor {
namespace {

constexpr size_t kNameLength = 16;

bool is_record_name(std::string_view name) {
  return name.size() == kNameLength && name.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

bool may_be_ignored(int code) {
  return code == ENOENT || code == EACCES || code == EPERM || code == ELOOP || code == ENXIO;
}

std::string read_whole(int file, size_t size) {
  std::string text(size, '\0');
  const ssize_t got = ::pread(file, text.data(), size, 0);
  text.resize(got > 0 ? static_cast<size_t>(got) : 0);
  return text;
}

}  // namespace

std::vector<LockedFile> read_locked_files(int directory, const RecordLimits& limits) {
  std::vector<std::string> names;
  size_t seen = 0;
  // Opened again, because a position belongs to an opening.
  const linux_os::Descriptor listed(::openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (listed < 0) throw OsError{errno, "open", "the ledger"};
  const int failed = linux_os::each_entry(listed, [&](const char* name) {
    const std::string_view entry = name;
    if (entry != "." && entry != ".." && ++seen <= limits.names && is_record_name(entry)) names.emplace_back(entry);
  });
  if (failed != 0) throw OsError{failed, "getdents64", "the ledger"};
  if (seen > limits.names) throw OsError{EFBIG, "getdents64", "more than " + std::to_string(limits.names) + " files"};
  std::vector<LockedFile> found;
  std::map<unsigned, size_t> room;
  for (auto& name : names) {
    const linux_os::Descriptor file(
        ::openat(directory, name.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
    if (file < 0 && may_be_ignored(errno)) continue;
    struct statx about {};
    if (file < 0 || ::statx(file, "", AT_EMPTY_PATH, STATX_BASIC_STATS, &about) != 0)
      throw OsError{errno, "open", name};
    if (!S_ISREG(about.stx_mode)) continue;
    LockedFile record{std::move(name), about.stx_uid, is_locked(file), {}};
    const auto size = static_cast<size_t>(about.stx_size);
    size_t& left = room.try_emplace(record.uid, limits.owner_bytes).first->second;
    if (record.locked && size <= std::min(limits.file_bytes, left)) {
      record.text = read_whole(file, size);
      left -= size;
    }
    found.push_back(std::move(record));
  }
  return found;
}

}  // namespace governor

#include "core/platform/locks.h"
#include "unsupported/unsupported.h"

namespace governor {

bool lock_directory(int) { unsupported("lock_directory"); }
bool lock_file(int) { unsupported("lock_file"); }
bool is_locked(int) { unsupported("is_locked"); }
std::vector<LockedFile> read_locked_files(int, const ReadLimits&) { unsupported("read_locked_files"); }
std::unique_ptr<WatchedDirectory> watch_directory(const std::string&) { unsupported("watch_directory"); }

}  // namespace governor

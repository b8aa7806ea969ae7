#include <errno.h>

#include "core/platform.h"

namespace governor {

std::vector<ProcessOwners> read_owners(const std::vector<std::pair<int, std::vector<int>>>&,
                                       const std::vector<std::string>&) {
  throw OsError{ENOTSUP, "read_owners", "this build"};
}

}  // namespace governor

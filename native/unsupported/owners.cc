#include "core/platform/owners.h"
#include "unsupported/unsupported.h"

namespace governor {

std::vector<ProcessOwners> read_owners(const std::vector<std::pair<int, std::vector<int>>>&,
                                       const std::vector<std::string>&) {
  unsupported("read_owners");
}

}  // namespace governor

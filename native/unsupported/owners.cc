#include "core/platform/owners.h"
#include "unsupported/unsupported.h"

namespace governor {

void read_owners(const ThreadsOfProcesses&, const std::vector<std::string>&, const ReadLimits&,
                 const std::function<void(int)>&, const std::function<void(const ProcessOwners&)>&) {
  unsupported("read_owners");
}

}  // namespace governor

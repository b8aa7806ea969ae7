#include "core/platform/reader.h"

#include "unsupported/unsupported.h"

namespace governor {

void read_pools(const ThreadsOfProcesses&, const ReadLimits&, const std::function<void(int)>&,
                const std::function<void(const LivePools&)>&) {
  unsupported("read_pools");
}
void change_pools(const std::vector<PoolChanges>&, const ReadLimits&, const std::function<void(int)>&,
                  const std::function<void(const ChangedPools&)>&) {
  unsupported("change_pools");
}
Reader start_reader(const ReadRequest&) { unsupported("start_reader"); }
int reap_reader(int) { unsupported("reap_reader"); }

}  // namespace governor

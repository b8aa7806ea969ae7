#include "core/pools_json.h"

#include "core/json.h"

namespace governor {

using json::Object;

std::string to_json(const LivePools& pools) {
  std::string out;
  {
    Object record(out);
    record.with("pid", pools.pid).with("denied", pools.denied).with("truncated", pools.truncated);
    json::append_list(record.begin("pools"), pools.pools, [](std::string& to, const LivePool& pool) {
      Object(to)
          .with("kind", static_cast<int>(pool.kind))
          .with("module", pool.module)
          .with("address", pool.address)
          .with("width", pool.width)
          .with("tid", pool.tid)
          .with("threads", pool.threads)
          .with("most", pool.most);
    });
  }
  return out;
}

std::string to_json(const ChangedPools& changed) {
  std::string out;
  Object(out).with("pid", changed.pid).with("denied", changed.denied).with("failed", changed.failed);
  return out;
}

}  // namespace governor

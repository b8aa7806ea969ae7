// Records of pools as JSON: what a reader process writes.
#pragma once
#include <string>

#include "core/platform/pools.h"

namespace governor {

std::string to_json(const LivePools& pools);
std::string to_json(const ChangedPools& changed);

}  // namespace governor

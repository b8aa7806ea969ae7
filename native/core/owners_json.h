// What was found out about the owners of threads, as one line of JSON; lib/core/audit/records.ts reads it.
#pragma once
#include <string>

#include "core/platform/owners.h"

namespace governor {

std::string to_json(const ProcessOwners& owners);

}  // namespace governor

#include "core/platform/machine.h"

namespace governor {

const char* platform_name() { return "linux"; }

}  // namespace governor

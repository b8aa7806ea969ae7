// A platform without an implementation: every function throws ENOTSUP, so that the package installs anywhere.
#pragma once
#include <errno.h>

#include "core/error.h"

namespace governor {

[[noreturn]] inline void unsupported(const char* function) { throw OsError{ENOTSUP, function, "this platform"}; }

}  // namespace governor

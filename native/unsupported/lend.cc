#include "core/platform/lend.h"

#include "unsupported/unsupported.h"

namespace governor {

std::unique_ptr<LendPageOfRun> open_lend_page(int) { unsupported("open_lend_page"); }

}  // namespace governor

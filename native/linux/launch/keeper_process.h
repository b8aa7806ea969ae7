#pragma once

namespace governor::linux_os {

// What the keeper does until it ends.
[[noreturn]] void run_keeper(int warden, int control);

}  // namespace governor::linux_os

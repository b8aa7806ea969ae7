// What a reader does: it works in a fork of this process, which can be left behind if a system call never returns. A
// thread cannot be, because then this process would not end.
#pragma once
#include <string>

#include "core/platform/reader.h"

namespace governor::linux_os {

// Writes all, or ends the process: nobody reads any more.
void write_line(int output, std::string line);

// The lines about the stack and the paths.
void write_facts(int output, const ReadRequest& request);

}  // namespace governor::linux_os

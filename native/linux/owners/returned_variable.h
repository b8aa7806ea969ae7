#pragma once
#include <optional>
#include <string_view>

#include "core/elf/elf.h"

namespace governor::linux_os {

// The address of the variable that a function without arguments returns, decoded from its first instructions: libgomp's
// omp_get_max_threads returns a variable that is not exported. x86-64 only; else nullopt.
std::optional<uint64_t> returned_variable(const Elf& elf, std::string_view function);

}  // namespace governor::linux_os

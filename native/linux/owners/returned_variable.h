#pragma once
#include <optional>
#include <string_view>

#include "core/elf/elf.h"

namespace governor::linux_os {

// Address of the variable that a function without arguments returns where its thread has none of its own, read out of
// its first instructions: libgomp's omp_get_max_threads names a variable that is not exported. x86-64; else nullopt.
std::optional<uint64_t> returned_variable(const Elf& elf, std::string_view function);

}  // namespace governor::linux_os

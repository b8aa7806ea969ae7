// Where glibc has what in a thread's descriptor (struct pthread): it differs between versions and builds.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "linux/owners/address_space.h"
#include "linux/owners/target_process.h"

namespace governor::linux_os {

// Distances from a descriptor's start.
struct DescriptorLayout {
  uint64_t tid;      // the thread's number
  uint64_t routine;  // where it started; its argument is the next word
};

constexpr uint64_t kHeadBehindTid = 16;  // the number, then a pointer, stand before the head of robust mutexes

// The C library and its loader: every thread's stack has them.
bool is_c_library(const std::string& path);

// As libc tells it to debuggers (libthread_db); nullopt where no module has that.
std::optional<DescriptorLayout> told_layout(const TargetProcess& process, AddressSpace& space);
// For a static program without symbols: where most of these threads, by their heads, have the address of code.
std::optional<DescriptorLayout> guessed_layout(const TargetProcess& process, const AddressSpace& space,
                                               const std::vector<uint64_t>& heads);

}  // namespace governor::linux_os

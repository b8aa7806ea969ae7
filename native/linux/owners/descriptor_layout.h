// The layout of a thread's descriptor in glibc (struct pthread), which differs between versions and builds.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "linux/owners/address_space.h"
#include "linux/target/target_process.h"

namespace governor::linux_os {

// Distances from a descriptor's start.
struct DescriptorLayout {
  uint64_t tid;      // the thread's number
  uint64_t routine;  // its start routine; the argument is the next word
};

constexpr uint64_t kHeadBehindTid = 16;  // the number, then a pointer, then the head of the list of robust mutexes

// The C library and its loader: they are on every thread's stack.
bool is_c_library(const std::string& path);

// As libc describes it for debuggers (libthread_db); nullopt if no module does.
std::optional<DescriptorLayout> described_layout(const TargetProcess& process, AddressSpace& space);
// For a static program without symbols: the offset from the head at which most of these threads have the address of
// code.
std::optional<DescriptorLayout> guessed_layout(const TargetProcess& process, const AddressSpace& space,
                                               const std::vector<uint64_t>& heads);

}  // namespace governor::linux_os

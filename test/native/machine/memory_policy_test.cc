#include <errno.h>

#include <fstream>
#include <thread>

#include "core/platform/affinity.h"
#include "core/platform/launch.h"
#include "native/helpers/check.h"

using governor::Cpuset;
using governor::memory_policy;
using governor::set_memory_policy;
using Nodes = std::vector<unsigned>;

namespace {

// include/uapi/linux/mempolicy.h
constexpr int kDefault = 0, kPreferred = 1, kBind = 2, kPreferredMany = 5, kNoMode = 77;

Cpuset only(std::initializer_list<unsigned> nodes) {
  Cpuset set;
  for (const unsigned node : nodes) set.add(node);
  return set;
}

// The policy of our memory in the kernel's own words: "default", "prefer:0", "bind:0".
std::string policy_of_maps() {
  std::ifstream maps("/proc/thread-self/numa_maps");
  std::string address, policy;
  maps >> address >> policy;
  return policy;
}

// A node that is there and has memory.
unsigned a_node() {
  std::ifstream file("/sys/devices/system/node/has_memory");
  std::string text;
  std::getline(file, text);
  const auto nodes = Cpuset::from_list(text);
  return nodes && !nodes->empty() ? nodes->cpus().front() : 0;
}

void starts_with_none() {
  CHECK_EQ(memory_policy().mode, kDefault);
  CHECK(memory_policy().nodes.empty());
}

void prefers_a_node_and_restores() {
  const unsigned node = a_node();
  set_memory_policy(kPreferred, only({node}));
  CHECK_EQ(memory_policy().mode, kPreferred);
  CHECK_EQ(memory_policy().nodes.cpus(), Nodes{node});
  CHECK_EQ(policy_of_maps(), "prefer:" + std::to_string(node));
  set_memory_policy(kBind, only({node}));
  CHECK_EQ(policy_of_maps(), "bind:" + std::to_string(node));
  set_memory_policy(kDefault, Cpuset());
  CHECK_EQ(policy_of_maps(), "default");
  starts_with_none();
}

void prefers_several_nodes_if_the_kernel_can() {
  try {
    set_memory_policy(kPreferredMany, only({a_node()}));
  } catch (const governor::OsError& error) {
    CHECK_EQ(error.code, EINVAL);  // before Linux 5.15
    return;
  }
  CHECK_EQ(memory_policy().mode, kPreferredMany);
  CHECK_EQ(memory_policy().nodes.cpus(), Nodes{a_node()});
  set_memory_policy(kDefault, Cpuset());
}

void is_the_calling_threads_and_its_childrens() {
  std::thread([] {
    set_memory_policy(kPreferred, only({a_node()}));
    std::thread([] { CHECK_EQ(memory_policy().mode, kPreferred); }).join();
  }).join();
  CHECK_EQ(memory_policy().mode, kDefault);
}

void reports_errors() {
  CHECK_FAILS(set_memory_policy(kPreferred, only({1023})), EINVAL, "set_mempolicy");  // not there
  CHECK_FAILS(set_memory_policy(kPreferred, only({5000})), EINVAL, "set_mempolicy");  // no kernel has as many
  CHECK_FAILS(set_memory_policy(kPreferred, only({Cpuset::kLargest})), EINVAL, "set_mempolicy");
  CHECK_FAILS(set_memory_policy(kBind, Cpuset()), EINVAL, "set_mempolicy");
  CHECK_FAILS(set_memory_policy(kNoMode, only({0})), EINVAL, "set_mempolicy");
  CHECK_FAILS(set_memory_policy(-1, only({0})), EINVAL, "set_mempolicy");
  starts_with_none();
}

}  // namespace

int main() {
  try {
    memory_policy();
  } catch (const governor::OsError& error) {
    if (error.code != ENOSYS && error.code != EPERM) throw;
    fprintf(stderr, "refused here (%s): only that is checked\n", error.syscall.c_str());
    CHECK_FAILS(memory_policy(), error.code, "get_mempolicy");
    CHECK_FAILS(set_memory_policy(kPreferred, only({0})), error.code, "set_mempolicy");
    return check::result();
  }
  starts_with_none();
  prefers_a_node_and_restores();
  prefers_several_nodes_if_the_kernel_can();
  is_the_calling_threads_and_its_childrens();
  reports_errors();
  return check::result();
}

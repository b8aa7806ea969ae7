// /proc/meminfo, and of a process status and limits.
#include "core/platform/machine.h"
#include "fuzz/tree.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static fuzz::Tree tree({"proc/meminfo", "proc/self/status", "proc/self/limits"});
  tree.fill(fuzz::sections({reinterpret_cast<const char*>(data), size}));
  const auto memory = governor::read_memory(tree.root());
  for (const auto& bytes : {memory.total, memory.available}) INVARIANT(!bytes || (*bytes >= 0 && *bytes % 1024 == 0));
  const auto limits = governor::read_limits(tree.root(), 0);
  if (limits.affinity) fuzz::check_set(*limits.affinity);
  INVARIANT(limits.cgroups.empty());
  return 0;
}

// The stat line of a process or thread.
#include <string>

#include "fuzz/invariant.h"
#include "linux/procfs/stat_line.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto stat = governor::linux_os::parse_stat(text);
  if (!stat) return 0;
  INVARIANT(text.find("(" + stat->comm + ")") != std::string_view::npos);
  INVARIANT(text.rfind(')') == text.find("(" + stat->comm + ")") + stat->comm.size() + 1);
  INVARIANT(stat->state != ' ' && stat->state != '\n' && stat->state != '\0');
  return 0;
}

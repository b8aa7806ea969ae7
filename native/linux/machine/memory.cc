#include <errno.h>

#include "core/platform/machine.h"
#include "core/text.h"
#include "linux/procfs/files.h"

namespace governor {
namespace {

// "MemTotal:       32653844 kB" as bytes.
std::optional<int64_t> field(std::string_view text, std::string_view name) {
  auto start = text.find(name);
  while (start != std::string_view::npos && start > 0 && text[start - 1] != '\n') start = text.find(name, start + 1);
  if (start == std::string_view::npos) return std::nullopt;
  text = text.substr(start + name.size());
  text = trimmed(text.substr(0, text.find('\n')));
  if (!text.ends_with(" kB")) return std::nullopt;  // cut off
  const auto value = linux_os::number(text.substr(0, text.size() - 3));
  if (!value || *value < 0 || *value > (int64_t{1} << 50)) return std::nullopt;
  return *value * 1024;
}

}  // namespace

Memory read_memory(const std::string& root) {
  const auto text = linux_os::read_file(root + "/proc/meminfo");
  if (!text) return {};
  Memory memory{field(*text, "MemTotal:"), field(*text, "MemAvailable:")};
  if (!memory.available) {  // before Linux 3.14
    if (const auto free = field(*text, "MemFree:")) {
      memory.available = *free + field(*text, "Buffers:").value_or(0) + field(*text, "Cached:").value_or(0);
    }
  }
  return memory;
}

}  // namespace governor

#include "linux/procfs/lines.h"

#include "core/text.h"
#include "linux/procfs/files.h"

namespace governor::linux_os {

std::optional<std::string_view> line_behind(const std::optional<std::string>& text, std::string_view name) {
  if (!text) return std::nullopt;
  const auto start = text->find(name);
  if (start == std::string::npos) return std::nullopt;
  const auto line = std::string_view(*text).substr(start + name.size());
  return trimmed(line.substr(0, line.find('\n')));
}

std::optional<int64_t> statistic(const std::optional<std::string>& text, std::string_view name) {
  if (!text) return std::nullopt;
  std::string_view rest = *text;
  while (!rest.empty()) {
    const auto line = rest.substr(0, rest.find('\n'));
    if (line.starts_with(name) && line.size() > name.size() && line[name.size()] == ' ') {
      const auto value = number(line.substr(name.size()));
      return value && *value >= 0 ? value : std::nullopt;
    }
    if (line.size() == rest.size()) break;
    rest = rest.substr(line.size() + 1);
  }
  return std::nullopt;
}

}  // namespace governor::linux_os

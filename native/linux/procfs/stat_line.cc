#include "linux/procfs/stat_line.h"

#include "core/text.h"

namespace governor::linux_os {

std::optional<Stat> parse_stat(std::string_view text) {
  const auto open = text.find('(');
  const auto close = text.rfind(')');
  if (open == std::string_view::npos || close == std::string_view::npos || close < open) return std::nullopt;
  Stat stat{};
  const auto id = number(text.substr(0, open));
  if (!id) return std::nullopt;
  stat.id = *id;
  stat.comm = text.substr(open + 1, close - open - 1);
  auto rest = trimmed(text.substr(close + 1));
  if (rest.empty()) return std::nullopt;
  stat.state = rest.front();
  size_t index = 3;
  while (!rest.empty() && index < stat.field.size()) {
    const auto blank = rest.find(' ');
    stat.field[index++] = number(rest.substr(0, blank)).value_or(0);
    rest = blank == std::string_view::npos ? std::string_view{} : rest.substr(blank + 1);
  }
  if (index <= 22) return std::nullopt;  // cut off before the start time
  return stat;
}

std::optional<Stat> read_stat(const Directory& directory, int id) {
  const auto text = directory.read(std::to_string(id) + "/stat");
  return text ? parse_stat(*text) : std::nullopt;
}

}  // namespace governor::linux_os

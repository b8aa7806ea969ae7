#include "linux/procfs/maps.h"

#include <algorithm>
#include <charconv>
#include <optional>

namespace governor::linux_os {
namespace {

// Takes a number, and the character after it, off the front of `rest`. The last number may end the line.
template <typename Number>
bool take(std::string_view& rest, int base, char behind, Number& number, bool last = false) {
  const char* end = rest.data() + rest.size();
  const auto [stop, error] = std::from_chars(rest.data(), end, number, base);
  if (error != std::errc() || (stop == end ? !last : *stop != behind)) return false;
  rest.remove_prefix(static_cast<size_t>(stop - rest.data()) + (stop != end));
  return true;
}

bool take_flag(std::string_view& rest, char set, char unset, bool& flag) {
  if (rest.empty() || (rest.front() != set && rest.front() != unset)) return false;
  flag = rest.front() == set;
  rest.remove_prefix(1);
  return true;
}

// The kernel writes a line feed in a name as "\012", and escapes nothing else.
std::string plain(std::string_view written) {
  constexpr std::string_view kLineFeed = "\\012";
  std::string path;
  for (size_t at = written.find(kLineFeed); at != std::string_view::npos; at = written.find(kLineFeed)) {
    path.append(written.substr(0, at)) += '\n';
    written.remove_prefix(at + kLineFeed.size());
  }
  return path.append(written);
}

std::optional<Mapping> parse_line(std::string_view line) {
  constexpr std::string_view kDeleted = " (deleted)";
  Mapping mapping{};
  uint32_t major = 0, minor = 0;
  std::string_view rest = line;
  if (!take(rest, 16, '-', mapping.start) || !take(rest, 16, ' ', mapping.end)) return std::nullopt;
  if (!take_flag(rest, 'r', '-', mapping.readable) || !take_flag(rest, 'w', '-', mapping.writable) ||
      !take_flag(rest, 'x', '-', mapping.executable) || !take_flag(rest, 's', 'p', mapping.shared)) {
    return std::nullopt;
  }
  if (!rest.starts_with(' ')) return std::nullopt;
  rest.remove_prefix(1);
  if (!take(rest, 16, ' ', mapping.offset) || !take(rest, 16, ':', major) || !take(rest, 16, ' ', minor)) {
    return std::nullopt;
  }
  if (!take(rest, 10, ' ', mapping.inode, true)) return std::nullopt;
  mapping.device = uint64_t{major} << 32 | minor;
  rest.remove_prefix(std::min(rest.find_first_not_of(' '), rest.size()));
  mapping.deleted = rest.starts_with('/') && rest.ends_with(kDeleted);
  if (mapping.deleted) rest.remove_suffix(kDeleted.size());
  mapping.path = plain(rest);
  return mapping;
}

}  // namespace

std::vector<Mapping> parse_maps(std::string_view text) {
  std::vector<Mapping> mappings;
  for (size_t end = text.find('\n'); end != std::string_view::npos; end = text.find('\n')) {
    auto mapping = parse_line(text.substr(0, end));
    text.remove_prefix(end + 1);
    if (!mapping || mapping->end <= mapping->start) continue;
    if (!mappings.empty() && mapping->start < mappings.back().end) continue;
    mappings.push_back(std::move(*mapping));
  }
  return mappings;
}

const Mapping* mapping_of(const std::vector<Mapping>& mappings, uint64_t address) {
  const auto next = std::upper_bound(mappings.begin(), mappings.end(), address,
                                     [](uint64_t at, const Mapping& mapping) { return at < mapping.start; });
  if (next == mappings.begin() || address >= std::prev(next)->end) return nullptr;
  return &*std::prev(next);
}

}  // namespace governor::linux_os

#include "linux/machine/interrupts.h"

#include <algorithm>
#include <charconv>

#include "core/platform/machine.h"
#include "linux/procfs/files.h"

namespace governor::linux_os {
namespace {

constexpr std::string_view kBlank = " \t\r";
// A CPU's sum stays a whole number in JavaScript.
constexpr int64_t kMost = int64_t{1} << 53;

std::string_view next_line(std::string_view& text) {
  const auto end = std::min(text.find('\n'), text.size());
  const auto line = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return line;
}

std::string_view next_word(std::string_view& line) {
  line.remove_prefix(std::min(line.find_first_not_of(kBlank), line.size()));
  const auto end = std::min(line.find_first_of(kBlank), line.size());
  const auto word = line.substr(0, end);
  line.remove_prefix(end);
  return word;
}

template <typename Number>
bool read(std::string_view word, Number& value) {
  const auto [stop, error] = std::from_chars(word.data(), word.data() + word.size(), value);
  return !word.empty() && error == std::errc() && stop == word.data() + word.size();
}

// "           CPU0       CPU2"; empty if a word is anything else, or a CPU is named twice.
std::vector<InterruptCount> columns(std::string_view line) {
  std::vector<InterruptCount> found;
  for (auto word = next_word(line); !word.empty(); word = next_word(line)) {
    unsigned cpu = 0;
    if (!word.starts_with("CPU") || !read(word.substr(3), cpu) || cpu > Cpuset::kLargest) return {};
    if (!found.empty() && cpu <= found.back().cpu) return {};
    found.push_back({cpu, 0});
  }
  return found;
}

}  // namespace

std::vector<InterruptCount> parse_interrupts(std::string_view text) {
  auto counts = columns(next_line(text));
  while (!counts.empty() && text.find('\n') != std::string_view::npos) {  // the last line may be cut off
    auto line = next_line(text);
    auto name = next_word(line);
    unsigned irq = 0;
    if (!name.ends_with(':') || !read(name.substr(0, name.size() - 1), irq)) continue;
    for (auto& cpu : counts) {
      int64_t count = 0;
      if (!read(next_word(line), count) || count < 0) break;
      cpu.count = count > kMost - cpu.count ? kMost : cpu.count + count;
    }
  }
  return counts;
}

}  // namespace governor::linux_os

namespace governor {

std::optional<std::vector<InterruptCount>> read_interrupts(const std::string& root) {
  // A line of 1,024 CPUs has 11 KiB, and a machine of that size has hundreds of lines.
  const auto text = linux_os::read_file(root + "/proc/interrupts", 4 * linux_os::kLargeFile);
  if (!text) return std::nullopt;
  auto counts = linux_os::parse_interrupts(*text);
  if (counts.empty()) return std::nullopt;
  return counts;
}

}  // namespace governor

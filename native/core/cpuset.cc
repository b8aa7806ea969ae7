#include "core/cpuset.h"

#include <charconv>

#include "core/text.h"

namespace governor {
namespace {

std::optional<unsigned> number(std::string_view text) {
  unsigned value = 0;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc() || stop != end || value > Cpuset::kLargest) return std::nullopt;
  return value;
}

// Adds "A", "A-B" or "A-B:used/group" (the kernel's stride form), which may name at most `left` CPUs.
bool add_range(Cpuset& set, std::string_view text, unsigned& left) {
  unsigned used = 1, group = 1;
  if (const auto colon = text.find(':'); colon != std::string_view::npos) {
    const auto stride = text.substr(colon + 1);
    const auto slash = stride.find('/');
    const auto u = number(slash == std::string_view::npos ? std::string_view("1") : stride.substr(0, slash));
    const auto g = number(slash == std::string_view::npos ? stride : stride.substr(slash + 1));
    if (!u || !g || *u == 0 || *g < *u) return false;
    used = *u;
    group = *g;
    text = text.substr(0, colon);
  }
  const auto dash = text.find('-');
  const auto first = number(text.substr(0, dash));
  const auto last = dash == std::string_view::npos ? first : number(text.substr(dash + 1));
  if (!first || !last || *last < *first || *last - *first >= left) return false;
  left -= *last - *first + 1;
  for (unsigned cpu = *first; cpu <= *last; cpu++) {
    if ((cpu - *first) % group < used) set.add(cpu);
  }
  return true;
}

}  // namespace

std::optional<Cpuset> Cpuset::from_list(std::string_view text) {
  Cpuset set;
  unsigned left = kLargest + 1;  // a list of thousands of such ranges is damaged, and would take minutes
  text = trimmed(text);
  while (!text.empty()) {
    const auto comma = text.find(',');
    if (!add_range(set, trimmed(text.substr(0, comma)), left)) return std::nullopt;
    if (comma == std::string_view::npos) break;
    text = text.substr(comma + 1);
  }
  return set;
}

std::optional<Cpuset> Cpuset::from_mask(std::string_view text) {
  Cpuset set;
  text = trimmed(text);
  if (text.starts_with("0x")) text.remove_prefix(2);
  if (text.empty()) return std::nullopt;
  unsigned base = 0;
  for (size_t end = text.size();;) {
    const auto comma = end == 0 ? std::string_view::npos : text.rfind(',', end - 1);
    const size_t begin = comma == std::string_view::npos ? 0 : comma + 1;
    const auto digits = text.substr(begin, end - begin);
    uint32_t word = 0;
    const auto [stop, error] = std::from_chars(digits.data(), digits.data() + digits.size(), word, 16);
    if (digits.empty() || error != std::errc() || stop != digits.data() + digits.size()) return std::nullopt;
    for (unsigned bit = 0; bit < 32; bit++) {
      if (!(word >> bit & 1)) continue;
      if (base + bit > kLargest) return std::nullopt;
      set.add(base + bit);
    }
    if (comma == std::string_view::npos) return set;
    if (base > kLargest) return std::nullopt;
    end = comma;
    base += 32;
  }
}

Cpuset Cpuset::from_words(std::vector<uint64_t> words) {
  Cpuset set;
  set.words_ = std::move(words);
  set.trim();
  return set;
}

void Cpuset::trim() {
  while (!words_.empty() && words_.back() == 0) words_.pop_back();
}

void Cpuset::add(unsigned cpu) {
  if (cpu / 64 >= words_.size()) words_.resize(cpu / 64 + 1);
  words_[cpu / 64] |= uint64_t{1} << cpu % 64;
}

bool Cpuset::has(unsigned cpu) const { return cpu / 64 < words_.size() && (words_[cpu / 64] >> cpu % 64 & 1); }

bool Cpuset::empty() const { return words_.empty(); }

std::vector<unsigned> Cpuset::cpus() const {
  std::vector<unsigned> found;
  for (unsigned cpu = 0; cpu < words_.size() * 64; cpu++) {
    if (has(cpu)) found.push_back(cpu);
  }
  return found;
}

}  // namespace governor

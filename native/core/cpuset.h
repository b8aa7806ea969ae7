#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace governor {

// A set of CPU numbers of any width.
class Cpuset {
 public:
  // The largest CPU number that is accepted; text that names a larger one is damaged.
  static constexpr unsigned kLargest = (1u << 20) - 1;

  // "0-3,8" (kernel cpulist), also with strides "0-7:2/4". nullopt if the text is no cpulist.
  static std::optional<Cpuset> from_list(std::string_view text);
  // "ff,00000001": 32-bit words in hexadecimal, the highest first. nullopt if the text is anything else.
  static std::optional<Cpuset> from_mask(std::string_view text);

  void add(unsigned cpu);
  bool has(unsigned cpu) const;
  bool empty() const;
  std::vector<unsigned> cpus() const;

  // The words as the affinity system calls take them.
  const std::vector<uint64_t>& words() const { return words_; }
  static Cpuset from_words(std::vector<uint64_t> words);

 private:
  void trim();
  std::vector<uint64_t> words_;
};

using SetIndex = int;  // into a table of sets; -1 = not reported

}  // namespace governor

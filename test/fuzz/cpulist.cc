// Cpulists and masks. What is read from the one is the same when written and read again.
#include <string>

#include "core/cpuset.h"
#include "fuzz/invariant.h"

using governor::Cpuset;

static void written_again(const Cpuset& set) {
  if (set.words().size() > 64) return;  // a million CPUs take their time
  std::string list, mask;
  for (const unsigned cpu : set.cpus()) list += (list.empty() ? "" : ",") + std::to_string(cpu);
  for (size_t word = set.words().size(); word-- > 0;) {
    char text[20];
    snprintf(text, sizeof text, "%08x,%08x", static_cast<unsigned>(set.words()[word] >> 32),
             static_cast<unsigned>(set.words()[word]));
    mask += (mask.empty() ? "" : ",") + std::string(text);
  }
  const auto from_list = Cpuset::from_list(list);
  INVARIANT(from_list && from_list->words() == set.words());
  const auto from_mask = Cpuset::from_mask(mask.empty() ? "0" : mask);
  INVARIANT(from_mask && from_mask->words() == set.words());
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  for (const auto& set : {Cpuset::from_list(text), Cpuset::from_mask(text)}) {
    if (!set) continue;
    fuzz::check_set(*set);
    written_again(*set);
  }
  return 0;
}

// What must hold whatever the input is. A fuzz target that finds otherwise aborts, which libFuzzer reports.
#pragma once
#include <cstdio>
#include <cstdlib>

#include "core/cpuset.h"

#define INVARIANT(condition)                                                         \
  do {                                                                               \
    if (!(condition)) {                                                              \
      fprintf(stderr, "%s:%d: does not hold: %s\n", __FILE__, __LINE__, #condition); \
      abort();                                                                       \
    }                                                                                \
  } while (false)

namespace fuzz {

// Ascending, none twice, none above the accepted limit, and no empty words at the end.
inline void check_set(const governor::Cpuset& set) {
  const auto& words = set.words();
  INVARIANT(words.size() <= governor::Cpuset::kLargest / 64 + 1);
  INVARIANT(words.empty() || words.back() != 0);
  INVARIANT(set.empty() == words.empty());
}

}  // namespace fuzz

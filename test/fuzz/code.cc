// Machine code that may be anything: following it ends, and what it finds has no more parts than there are
// instructions.
#include "core/code/returned.h"
#include "fuzz/invariant.h"

using governor::Term;

namespace {

constexpr int kMostParts = 1000;  // deep
constexpr size_t kMostTerms = 256;

int depth(const Term& term) {
  const Term* at = &term;
  int steps = 0;
  for (; at; at = at->of.get()) {
    INVARIANT(++steps < kMostParts);
    INVARIANT(at->width >= 1 && at->width <= 8);
    INVARIANT(at->of || !at->is(Term::Kind::kMemory));
  }
  return steps;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto found = governor::returned_terms(data, size, 0x1000);
  INVARIANT(found.size() <= kMostTerms);
  for (const auto& term : found) INVARIANT(depth(term) > 0);
  return 0;
}

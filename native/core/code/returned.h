// What a small function returns, found by following its machine code without running it: x86-64.
#pragma once
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

namespace governor {

// A number that a function computes. Copies share their parts.
struct Term {
  enum class Kind {
    kUnknown,
    kNumber,   // `offset` itself
    kAddress,  // the address `offset` in the function's file
    kThread,   // the thread pointer + offset
    kMemory,   // what is stored at `of`, + offset
    kSum,      // `of` + `index` + offset
    kElement,  // `of` + `index` times the size of a pointer + offset
  };
  Kind kind = Kind::kUnknown;
  int64_t offset = 0;
  int width = 8;  // bytes, of kMemory
  std::shared_ptr<const Term> of{}, index{};

  bool is(Kind other) const { return kind == other; }
};

// One term for each way through the code to its end. Calls are passed over: what they return is unknown. A way that
// leaves the code, or has an instruction that we do not know, is left out.
// address: of the code's first byte, in its file
std::vector<Term> returned_terms(const uint8_t* code, size_t size, uint64_t address);

}  // namespace governor

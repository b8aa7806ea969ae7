// What small functions return, by their machine code.
#include "core/code/returned.h"

#include <vector>

#include "native/helpers/check.h"

namespace {

using governor::returned_terms;
using governor::Term;
using Kind = Term::Kind;
using Code = std::vector<uint8_t>;

constexpr uint64_t kAddress = 0x1000;

std::vector<Term> terms(const Code& code) { return returned_terms(code.data(), code.size(), kAddress); }

void follows_loads() {
  // lea rax, [rip + 16]; mov rax, [rax + 8]; ret
  const auto found = terms({0x48, 0x8d, 0x05, 16, 0, 0, 0, 0x48, 0x8b, 0x40, 8, 0xc3});
  CHECK_EQ(found.size(), 1u);
  CHECK(found[0].is(Kind::kMemory) && found[0].width == 8 && found[0].of->is(Kind::kAddress));
  CHECK_EQ(found[0].of->offset, static_cast<int64_t>(kAddress + 7 + 16 + 8));
}

void follows_both_ways() {
  // test rdx, rdx; mov eax, 1; je +5; mov eax, 2; ret
  const auto found = terms({0x48, 0x85, 0xd2, 0xb8, 1, 0, 0, 0, 0x74, 5, 0xb8, 2, 0, 0, 0, 0xc3});
  CHECK_EQ(found.size(), 2u);
  for (const auto& term : found) CHECK(term.is(Kind::kNumber) && (term.offset == 1 || term.offset == 2));
}

void knows_thread_local_memory() {
  // mov rax, [rip]; mov rax, fs:[rax + 88]; ret
  const auto found = terms({0x48, 0x8b, 0x05, 0, 0, 0, 0, 0x64, 0x48, 0x8b, 0x40, 88, 0xc3});
  CHECK_EQ(found.size(), 1u);
  const auto& sum = *found[0].of;
  CHECK(sum.is(Kind::kSum) && sum.offset == 88);
  CHECK(sum.of->is(Kind::kThread) || sum.index->is(Kind::kThread));
}

void knows_the_thread_pointer() {
  // mov rax, fs:[0]; ret
  const auto found = terms({0x64, 0x48, 0x8b, 0x04, 0x25, 0, 0, 0, 0, 0xc3});
  CHECK_EQ(found.size(), 1u);
  CHECK(found[0].is(Kind::kThread));
}

void forgets_what_calls_return() {
  // mov eax, 1; call +0; ret
  const auto found = terms({0xb8, 1, 0, 0, 0, 0xe8, 0, 0, 0, 0, 0xc3});
  CHECK_EQ(found.size(), 1u);
  CHECK(found[0].is(Kind::kUnknown));
}

void leaves_out_what_it_does_not_know() {
  CHECK(terms({}).empty());
  CHECK(terms({0x0f, 0x05, 0xc3}).empty());        // syscall
  CHECK(terms({0xe9, 0, 0, 1, 0}).empty());        // jmp out of the code
  CHECK(terms({0x48, 0x8b, 0x05, 0}).empty());     // cut off
  CHECK(terms({0xeb, 0xfe}).empty());              // jmp to itself, for ever
  CHECK(terms({0x74, 0xfe, 0x74, 0xfc}).empty());  // branches back, for ever
}

}  // namespace

int main() {
  follows_loads();
  follows_both_ways();
  knows_thread_local_memory();
  knows_the_thread_pointer();
  forgets_what_calls_return();
  leaves_out_what_it_does_not_know();
  return check::result();
}

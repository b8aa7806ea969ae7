#include "linux/owners/size_lookup.h"

#include <elf.h>

#include <array>
#include <utility>

#include "core/code/returned.h"

namespace governor::linux_os {
namespace {

using Kind = Term::Kind;

constexpr size_t kLooked = 512;  // bytes of code
constexpr uint64_t kMostDistance = 1 << 16;

bool near(const Term& term) { return static_cast<uint64_t>(term.offset) < kMostDistance; }
bool size(const Term& term) {
  return term.is(Kind::kMemory) && term.offset == 0 && (term.width == 4 || term.width == 8);
}
bool pointer(const Term& term) { return term.is(Kind::kMemory) && term.width == 8 && near(term); }

// The distance of thread-local memory, from a word that the loader sets.
const Term* slot_of(const Term& sum) {
  if (!sum.is(Kind::kSum) || !near(sum)) return nullptr;
  const Term* a = sum.of.get();
  const Term* b = sum.index.get();
  if (a->is(Kind::kMemory)) std::swap(a, b);
  const bool thread = a->is(Kind::kThread) && a->offset == 0;
  return thread && pointer(*b) && b->offset == 0 && b->of->is(Kind::kAddress) ? b->of.get() : nullptr;
}

void recognise(const Term& term, const Elf& elf, SizeLookup& found) {
  if (term.is(Kind::kNumber)) found.number = term.offset;
  if (!size(term)) return;
  const Term& at = *term.of;
  if (at.is(Kind::kAddress)) {
    const auto address = static_cast<uint64_t>(at.offset);
    if (elf.loaded(address, PF_W)) found.variable = {address, term.width};
  }
  if (!pointer(at)) return;
  const Term& structure = *at.of;
  if (const auto* slot = slot_of(structure)) {
    found.own = {static_cast<uint64_t>(slot->offset), static_cast<uint64_t>(structure.offset),
                 static_cast<uint64_t>(at.offset), term.width};
    return;
  }
  if (!pointer(structure) || !structure.of->is(Kind::kElement) || structure.of->offset != 0) return;
  const Term& table = *structure.of->of;
  if (!pointer(table) || table.offset != 0 || !table.of->is(Kind::kAddress)) return;
  found.listed = {static_cast<uint64_t>(table.of->offset), static_cast<uint64_t>(structure.offset),
                  static_cast<uint64_t>(at.offset), term.width};
}

}  // namespace

SizeLookup size_lookup(const Elf& elf, std::string_view function) {
  SizeLookup found;
  const auto symbol = elf.find(function);
  std::array<uint8_t, kLooked> code{};
  if (!symbol || !symbol->function) return found;
  size_t size = kLooked;
  while (size > 0 && !elf.read_address(symbol->address, code.data(), size)) size /= 2;
  for (const auto& term : returned_terms(code.data(), size, symbol->address)) recognise(term, elf, found);
  return found;
}

}  // namespace governor::linux_os

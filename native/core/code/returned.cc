#include "core/code/returned.h"

#include <array>
#include <utility>

#include "core/code/instruction.h"

namespace governor {
namespace {

using code::Effect;
using code::Instruction;
using code::Operand;
using Kind = Term::Kind;

constexpr int kMostInstructions = 256;  // of all ways together
constexpr size_t kMostWays = 16;
constexpr int kResult = 0;                                       // rax
constexpr int kStack = 4;                                        // rsp
constexpr std::array kLostByCalls{0, 1, 2, 6, 7, 8, 9, 10, 11};  // System V ABI, 3.2.1
constexpr int64_t kPointer = 8;

std::shared_ptr<const Term> shared(Term term) { return std::make_shared<const Term>(std::move(term)); }

int64_t plus(int64_t a, int64_t b) { return static_cast<int64_t>(static_cast<uint64_t>(a) + static_cast<uint64_t>(b)); }

Term added(Term a, Term b) {
  if (a.is(Kind::kNumber)) std::swap(a, b);
  if (a.is(Kind::kUnknown) && !b.is(Kind::kNumber)) std::swap(a, b);
  if (b.is(Kind::kNumber)) {
    a.offset = plus(a.offset, b.offset);
    return a;
  }
  const int64_t offset = plus(a.offset, b.offset);
  a.offset = b.offset = 0;
  return {.kind = Kind::kSum, .offset = offset, .of = shared(std::move(a)), .index = shared(std::move(b))};
}

// The first word behind the thread pointer is the thread pointer itself.
Term loaded(Term from, int width) {
  if (from.is(Kind::kThread) && from.offset == 0) return from;
  return {.kind = Kind::kMemory, .width = width, .of = shared(std::move(from))};
}

// A way through the code.
struct Way {
  uint64_t at = 0;  // offset into the code
  std::array<Term, code::kRegisters> registers{};

  Term address(const Operand& operand, uint64_t next) const {
    Term term{.kind = operand.relative ? Kind::kAddress : Kind::kNumber, .offset = operand.number};
    if (operand.relative) term.offset = plus(term.offset, static_cast<int64_t>(next));
    if (operand.base != code::kNone) term = added(registers[static_cast<size_t>(operand.base)], term);
    if (operand.index != code::kNone) term = indexed(std::move(term), operand);
    return operand.thread ? added({.kind = Kind::kThread}, std::move(term)) : term;
  }

  Term value(const Instruction& instruction, uint64_t next) const {
    const auto& source = instruction.source;
    if (source.kind == Operand::Kind::kNumber) return {.kind = Kind::kNumber, .offset = source.number};
    if (source.kind == Operand::Kind::kRegister) return registers[static_cast<size_t>(source.base)];
    return loaded(address(source, next), instruction.width);
  }

 private:
  Term indexed(Term base, const Operand& operand) const {
    const auto& index = registers[static_cast<size_t>(operand.index)];
    if (operand.scale == 1) return added(std::move(base), index);
    if (operand.scale != kPointer) return {};
    const int64_t offset = std::exchange(base.offset, 0);
    return {.kind = Kind::kElement, .offset = offset, .of = shared(std::move(base)), .index = shared(index)};
  }
};

}  // namespace

std::vector<Term> returned_terms(const uint8_t* code, size_t size, uint64_t address) {
  std::vector<Term> found;
  std::vector<Way> ways(1);
  for (int left = kMostInstructions; left > 0 && !ways.empty(); left--) {
    auto& way = ways.back();
    const auto instruction = way.at < size ? code::decode(code + way.at, size - way.at) : std::nullopt;
    if (!instruction) {
      ways.pop_back();
      continue;
    }
    way.at += instruction->length;
    const uint64_t target = way.at + static_cast<uint64_t>(instruction->distance);
    if (instruction->effect == Effect::kReturn) {
      found.push_back(std::move(way.registers[kResult]));
      ways.pop_back();
      continue;
    }
    if (instruction->effect == Effect::kJump) {
      way.at = target;
    } else if (instruction->effect == Effect::kBranch) {
      Way other = way;
      other.at = target;
      if (ways.size() < kMostWays) ways.push_back(std::move(other));
    } else if (instruction->effect == Effect::kCall) {
      for (const int lost : kLostByCalls) way.registers[static_cast<size_t>(lost)] = {};
    } else if (instruction->to == kStack || instruction->effect == Effect::kNothing) {
      continue;
    } else {
      const auto to = static_cast<size_t>(instruction->to);
      const uint64_t next = address + way.at;
      Term value;
      if (instruction->effect == Effect::kLoadAddress) value = way.address(instruction->source, next);
      if (instruction->effect == Effect::kMove) value = way.value(*instruction, next);
      if (instruction->effect == Effect::kAdd) value = added(way.registers[to], way.value(*instruction, next));
      if (instruction->effect == Effect::kMaybeMove) {
        Way other = way;
        other.registers[to] = way.value(*instruction, next);
        if (ways.size() < kMostWays) ways.push_back(std::move(other));
        continue;
      }
      way.registers[to] = std::move(value);
    }
  }
  return found;
}

}  // namespace governor

// Instructions of x86-64, as far as functions need them that look up a number (Intel's manual, volume 2).
#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>

namespace governor::code {

enum class Effect {
  kNothing,      // on registers that matter
  kMove,         // register = source
  kLoadAddress,  // register = the address of the source
  kAdd,          // register += source
  kMaybeMove,    // cmov: either
  kForget,       // the register has something else
  kCall,
  kJump,
  kBranch,  // jumps or goes on
  kReturn,
};

constexpr int kNone = -1;
constexpr int kRegisters = 16;

// A register, a number, or a place in memory.
struct Operand {
  enum class Kind { kRegister, kNumber, kMemory } kind = Kind::kNumber;
  int base = kNone, index = kNone;  // registers; for kRegister: base
  int scale = 1;
  int64_t number = 0;     // or the displacement
  bool relative = false;  // to the next instruction
  bool thread = false;    // to the thread pointer (fs)
};

struct Instruction {
  Effect effect = Effect::kNothing;
  int to = kNone;  // the register that is written
  Operand source{};
  int width = 8;         // bytes that are moved
  int64_t distance = 0;  // of a jump, from the next instruction
  size_t length = 0;
};

// nullopt for one that we do not know, or that is cut off.
std::optional<Instruction> decode(const uint8_t* code, size_t size);

}  // namespace governor::code

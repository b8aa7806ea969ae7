#include "core/code/instruction.h"

#include <cstring>

namespace governor::code {
namespace {

constexpr uint8_t kWide = 8, kReg = 4, kIndex = 2, kBase = 1;  // bits of a REX prefix

class Decoder {
 public:
  Decoder(const uint8_t* code, size_t size) : code_(code), size_(size) {}

  std::optional<Instruction> decode() {
    if (!prefixes()) return std::nullopt;
    const int opcode = byte();
    const bool known = opcode == 0x0f ? long_opcode(byte()) : short_opcode(opcode);
    if (!known || failed_) return std::nullopt;
    found_.length = at_;
    return found_;
  }

 private:
  int byte() {
    if (at_ < size_) return code_[at_++];
    failed_ = true;
    return -1;
  }

  template <typename Number>
  int64_t number() {
    Number value{};
    if (size_ - at_ < sizeof value) {
      failed_ = true;
      return 0;
    }
    std::memcpy(&value, code_ + at_, sizeof value);
    at_ += sizeof value;
    return static_cast<int64_t>(value);
  }

  bool prefixes() {
    for (; at_ < size_; at_++) {
      const uint8_t next = code_[at_];
      if (next == 0x66) {
        narrow_ = true;
      } else if (next == 0x64) {
        thread_ = true;
      } else if (next != 0xf2 && next != 0xf3) {
        break;
      }
    }
    if (at_ < size_ && (code_[at_] & 0xf0) == 0x40) rex_ = code_[at_++];
    return at_ < size_;
  }

  int width() const { return (rex_ & kWide) != 0 ? 8 : narrow_ ? 2 : 4; }

  // ModRM, SIB and displacement. Sets `reg_` and `operand_`.
  void operand() {
    const int modrm = byte();
    const int mode = modrm >> 6 & 3, low = modrm & 7;
    reg_ = (modrm >> 3 & 7) | ((rex_ & kReg) != 0 ? 8 : 0);
    operand_ = {};
    const int base = low | ((rex_ & kBase) != 0 ? 8 : 0);
    if (mode == 3) {
      operand_ = {.kind = Operand::Kind::kRegister, .base = base};
      return;
    }
    operand_ = {.kind = Operand::Kind::kMemory, .base = base, .thread = thread_};
    bool wide_displacement = mode == 2;
    if (low == 4) {
      wide_displacement |= scaled(mode);
    } else if (mode == 0 && low == 5) {
      operand_.base = kNone;
      operand_.relative = true;
      wide_displacement = true;
    }
    if (wide_displacement) {
      operand_.number = number<int32_t>();
    } else if (mode == 1) {
      operand_.number = number<int8_t>();
    }
  }

  // SIB. Returns whether a displacement of four bytes follows in any case.
  bool scaled(int mode) {
    const int sib = byte();
    const int index = (sib >> 3 & 7) | ((rex_ & kIndex) != 0 ? 8 : 0);
    operand_.base = (sib & 7) | ((rex_ & kBase) != 0 ? 8 : 0);
    operand_.scale = 1 << (sib >> 6 & 3);
    if (index != 4) operand_.index = index;
    if (mode != 0 || (sib & 7) != 5) return false;
    operand_.base = kNone;
    return true;
  }

  bool set(Effect effect, int to, const Operand& source, int width) {
    found_ = {.effect = effect, .to = to, .source = source, .width = width};
    return true;
  }
  bool nothing() { return set(Effect::kNothing, kNone, {}, 0); }
  // What an instruction writes to its operand is forgotten.
  bool forget_operand() {
    const bool in_register = operand_.kind == Operand::Kind::kRegister;
    return in_register ? set(Effect::kForget, operand_.base, {}, 0) : nothing();
  }
  bool flow(Effect effect, int64_t distance) {
    found_ = {.effect = effect, .distance = distance};
    return true;
  }
  Operand immediate(int64_t value) { return {.number = value}; }

  bool short_opcode(int opcode) {
    const int low = (opcode & 7) | ((rex_ & kBase) != 0 ? 8 : 0);
    if (opcode >= 0x50 && opcode <= 0x57) return nothing();                                // push
    if (opcode >= 0x58 && opcode <= 0x5f) return set(Effect::kForget, low, {}, 0);         // pop
    if (opcode >= 0x70 && opcode <= 0x7f) return flow(Effect::kBranch, number<int8_t>());  // jcc
    if (opcode >= 0xb8 && opcode <= 0xbf) {                                                // mov r, number
      const int64_t value = (rex_ & kWide) != 0 ? number<int64_t>() : number<uint32_t>();
      return set(Effect::kMove, low, immediate(value), width());
    }
    switch (opcode) {
      case 0x63:  // movsxd
        operand();
        return set(Effect::kMove, reg_, operand_, 4);
      case 0x8b: operand(); return set(Effect::kMove, reg_, operand_, width());
      case 0x89:
        operand();
        if (operand_.kind != Operand::Kind::kRegister) return nothing();
        return set(Effect::kMove, operand_.base, {.kind = Operand::Kind::kRegister, .base = reg_}, width());
      case 0x8d: operand(); return set(Effect::kLoadAddress, reg_, operand_, 8);
      case 0x03: operand(); return set(Effect::kAdd, reg_, operand_, width());
      case 0x01:
        operand();
        if (operand_.kind != Operand::Kind::kRegister) return nothing();
        return set(Effect::kAdd, operand_.base, {.kind = Operand::Kind::kRegister, .base = reg_}, width());
      case 0x31:
      case 0x33:
        operand();
        if (operand_.kind != Operand::Kind::kRegister) return opcode == 0x31 ? nothing() : forget(reg_);
        if (operand_.base != reg_) return forget(opcode == 0x31 ? operand_.base : reg_);
        return set(Effect::kMove, reg_, immediate(0), 8);
      case 0x38:
      case 0x39:
      case 0x3a:
      case 0x3b:  // cmp
      case 0x84:
      case 0x85:  // test
      case 0x88:  // mov to a byte
        operand();
        return opcode == 0x88 ? forget_operand() : nothing();
      case 0x3c:
      case 0xa8:  // cmp, test al, number
        number<int8_t>();
        return nothing();
      case 0x3d:
      case 0xa9: number<int32_t>(); return nothing();
      case 0x80:
      case 0x83: operand(); return arithmetic(number<int8_t>());
      case 0x81: operand(); return arithmetic(narrow_ ? number<int16_t>() : number<int32_t>());
      case 0xc6:
        operand();
        number<int8_t>();
        return forget_operand();
      case 0xc7: {
        operand();
        const int64_t value = narrow_ ? number<int16_t>() : number<int32_t>();
        if (operand_.kind != Operand::Kind::kRegister) return nothing();
        return set(Effect::kMove, operand_.base, immediate(value), width());
      }
      case 0xf6:
      case 0xf7:
        operand();
        if ((reg_ & 6) != 0) return false;
        if (opcode == 0xf6)
          number<int8_t>();
        else
          number<int32_t>();
        return nothing();
      case 0xff: operand(); return (reg_ & 7) == 2 && flow(Effect::kCall, 0);
      case 0x90:
      case 0x98: return nothing();  // nop, cdqe
      case 0xc3: return flow(Effect::kReturn, 0);
      case 0xe8: return flow(Effect::kCall, number<int32_t>());
      case 0xe9: return flow(Effect::kJump, number<int32_t>());
      case 0xeb: return flow(Effect::kJump, number<int8_t>());
      default: return false;
    }
  }

  bool forget(int reg) { return set(Effect::kForget, reg, {}, 0); }

  // add, or, adc, sbb, and, sub, xor, cmp with a number
  bool arithmetic(int64_t value) {
    const int operation = reg_ & 7;
    if (operation == 7) return nothing();
    if (operand_.kind != Operand::Kind::kRegister) return nothing();
    if (operation == 0 || operation == 5) {
      return set(Effect::kAdd, operand_.base, immediate(operation == 0 ? value : -value), width());
    }
    return forget(operand_.base);
  }

  bool long_opcode(int opcode) {
    if (opcode >= 0x40 && opcode <= 0x4f) {
      operand();
      return set(Effect::kMaybeMove, reg_, operand_, width());
    }
    if (opcode >= 0x80 && opcode <= 0x8f) return flow(Effect::kBranch, number<int32_t>());
    switch (opcode) {
      case 0x1e:
      case 0x1f:  // endbr64, nop
        operand();
        return nothing();
      case 0xb6:
      case 0xb7:
      case 0xbe:
      case 0xbf:  // movzx, movsx
        operand();
        return forget(reg_);
      default: return false;
    }
  }

  const uint8_t* code_;
  size_t size_, at_ = 0;
  bool narrow_ = false, thread_ = false, failed_ = false;
  uint8_t rex_ = 0;
  int reg_ = 0;
  Operand operand_{};
  Instruction found_{};
};

}  // namespace

std::optional<Instruction> decode(const uint8_t* code, size_t size) { return Decoder(code, size).decode(); }

}  // namespace governor::code

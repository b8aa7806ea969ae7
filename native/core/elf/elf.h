// Reads ELF files (System V ABI, gABI 4) of any origin: every offset and size in them may be false. 64-bit,
// little-endian.
#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace governor {

// Reads `size` bytes at `offset` of a file into `to`; false if it cannot read all of them.
using ReadAt = std::function<bool(uint64_t offset, void* to, size_t size)>;

struct Symbol {
  uint64_t address;
  uint64_t size;
  bool function;
  std::string name;
};

// What a file has at an address.
struct NamedAddress {
  std::string symbol;         // the one that covers it; empty = none
  std::string before, after;  // the nearest symbols around it if none covers it; empty = none
};

class Elf {
 public:
  // nullopt if it is no ELF file that we can read. Reads only the headers; symbols are read at first use.
  static std::optional<Elf> open(ReadAt read);

  // Address of the first loaded segment, less its file offset: the address of file offset 0.
  uint64_t first_address() const;
  uint64_t entry() const;
  bool has_interpreter() const;  // PT_INTERP: a program that is linked dynamically
  bool has_section(std::string_view name) const;
  // By name: in the dynamic symbols, else in the full table.
  std::optional<Symbol> find(std::string_view name) const;
  // Defined data symbols whose names contain `name`: builds add prefixes and suffixes.
  std::vector<Symbol> variables_like(std::string_view name) const;
  NamedAddress name(uint64_t address) const;
  // Reads the file's bytes at an address, such as code; false if it has none.
  bool read_address(uint64_t address, void* to, size_t size) const;
  // Whether an address lies in a segment with that permission (PF_X = 1, PF_W = 2, PF_R = 4).
  bool loaded(uint64_t address, uint32_t permission) const;

 private:
  struct Contents;
  explicit Elf(std::shared_ptr<Contents> contents) : contents_(std::move(contents)) {}
  std::shared_ptr<Contents> contents_;
};

}  // namespace governor

// The symbol tables of an ELF file: gABI 4, "Symbol Table" and "Dynamic Section".
#pragma once
#include <algorithm>
#include <cstdint>
#include <optional>
#include <vector>

#include "core/elf/elf_file.h"

namespace governor::elf {

constexpr uint64_t kMostSymbols = 1 << 22;

enum class Binding : uint8_t { kLocal = 0, kGlobal = 1, kWeak = 2 };
enum class SymbolType : uint8_t { kNone = 0, kObject = 1, kFunction = 2, kCommon = 5, kIndirectFunction = 10 };

struct SymbolEntry {
  uint32_t name;
  uint8_t info, other;
  uint16_t section;
  uint64_t address, size;

  SymbolType type() const { return static_cast<SymbolType>(info & 15); }
  bool local() const { return static_cast<Binding>(info >> 4) == Binding::kLocal; }
  bool weak() const { return static_cast<Binding>(info >> 4) == Binding::kWeak; }
  // Whether it has an address in the file: sections, source files and thread-local variables have none.
  bool defined() const;
};

static_assert(sizeof(SymbolEntry) == 24);

struct SymbolTable {
  uint64_t symbols;  // offset in the file
  uint64_t count;
  Extent names;
};

// DT_GNU_HASH: header, Bloom filter, buckets, chains.
struct HashTable {
  uint64_t filter, buckets, chains;  // offsets in the file
  uint32_t bucket_count, first_symbol, filter_words, shift;
};

struct Tables {
  std::optional<SymbolTable> dynamic, full;
  std::optional<HashTable> hash;  // of the dynamic symbols
};

Tables find_tables(const File& file);
bool is_function(const File& file, const SymbolEntry& symbol);

template <typename Visit>
void each_symbol(const File& file, const SymbolTable& table, Visit visit) {
  constexpr uint64_t kBlock = 4096;
  std::vector<SymbolEntry> block(std::min(table.count, kBlock));
  for (uint64_t done = 0; done < table.count; done += kBlock) {
    const uint64_t count = std::min(table.count - done, kBlock);
    if (!file.read(table.symbols + done * sizeof(SymbolEntry), block.data(), count * sizeof(SymbolEntry))) return;
    for (uint64_t i = 0; i < count; i++) {
      if (block[i].defined() && block[i].name != 0 && block[i].name < table.names.size) visit(block[i]);
    }
  }
}

}  // namespace governor::elf

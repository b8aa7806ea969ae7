// Symbols of an ELF file by their addresses.
#pragma once
#include <string>
#include <vector>

#include "core/elf/elf_tables.h"

namespace governor::elf {

// Sorted, 24 bytes for each symbol; the names stay in the file.
class Index {
 public:
  void add(const SymbolEntry& symbol, bool dynamic);
  void sort();

  // The name of the innermost symbol that covers an address; empty: none.
  std::string covering(const File& file, const Tables& tables, uint64_t address) const;
  // The name of the nearest function or object that begins at or before the address, and of the nearest after it.
  std::string before(const File& file, const Tables& tables, uint64_t address) const;
  std::string after(const File& file, const Tables& tables, uint64_t address) const;

 private:
  // How useful a symbol's name is. Of equals, a dynamic symbol wins: its name has no version in it.
  enum Worth : uint32_t { kLabel, kGlobalLabel, kLocal, kWeak, kGlobal };

  struct Entry {
    uint64_t address;
    uint32_t size;  // cut at what fits
    uint32_t dynamic : 1, worth : 3, name : 28;

    uint64_t end() const;
    bool covers(uint64_t at) const { return address <= at && at < end(); }
    uint32_t rank() const { return worth << 1 | dynamic; }
  };
  static_assert(sizeof(Entry) == 16 && kLargestTable <= 1u << 28);

  size_t behind(uint64_t address) const;
  std::string best_name(const File& file, const Tables& tables, size_t last, uint64_t covered, size_t& budget) const;

  std::vector<Entry> entries_;      // by address, then by rank
  std::vector<uint64_t> furthest_;  // the largest end of an entry and all before it
};

// Functions, and data.
struct Indexes {
  Index functions, data;
};

Indexes index_symbols(const File& file, const Tables& tables);

}  // namespace governor::elf

// A small ELF file made by hand: code at 0x100000, data at 0x200000, and the symbols that a test wants.
#pragma once
#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

#include "core/elf/elf_tables.h"

struct MadeSymbol {
  std::string name;
  uint64_t address, size;
  governor::elf::SymbolType type;
  governor::elf::Binding binding = governor::elf::Binding::kGlobal;
  uint16_t section = 1;
};

class SmallElf {
 public:
  static constexpr uint64_t kFirst = 0x10000, kCode = 0x100000, kData = 0x200000;

  std::vector<MadeSymbol> dynamic, full;
  bool gnu_hash = true, old_hash = false, sections = true, dynamic_segment = true;

  std::string bytes() const {
    using namespace governor::elf;
    std::string out(sizeof(Header) + 4 * sizeof(Segment), '\0');
    const Made symbols = add(out, dynamic), all = add(out, full);
    const uint64_t gnu = add_gnu_hash(out), old = add_old_hash(out);
    const uint64_t code = out.size();
    out.append(64, '\x90');

    const uint64_t tags[][2] = {{5, kFirst + symbols.names},
                                {6, kFirst + symbols.table},
                                {10, symbols.names_size},
                                {gnu_hash ? 0x6ffffef5u : 0x6fffffffu, kFirst + gnu},
                                {old_hash ? 4u : 0x6fffffffu, kFirst + old},
                                {0, 0}};
    const uint64_t dynamic_at = out.size();
    out.append(reinterpret_cast<const char*>(tags), sizeof tags);
    const uint64_t section_names = out.size();
    const std::string names("\0.dynsym\0.symtab\0.text\0", 23);
    out += names;
    const uint64_t section_table = out.size();
    const Section made[] = {{},
                            {17, 1, 6, kCode, code, 64, 0, 0, 1, 0},
                            {1, kDynamicSymbols, 2, kFirst + symbols.table, symbols.table, symbols.size, 3, 1, 8, 24},
                            {0, kStrings, 2, kFirst + symbols.names, symbols.names, symbols.names_size, 0, 0, 1, 0},
                            {9, kSymbols, 0, 0, all.table, all.size, 5, 1, 8, 24},
                            {0, kStrings, 0, 0, all.names, all.names_size, 0, 0, 1, 0},
                            {0, kStrings, 0, 0, section_names, names.size(), 0, 0, 1, 0}};
    if (sections) out.append(reinterpret_cast<const char*>(made), sizeof made);

    const Segment segments[] = {
        {kLoad, 4, 0, kFirst, kFirst, out.size(), out.size(), 4096},
        {kLoad, 5, code, kCode, kCode, 64, 0x1000, 4096},
        {kLoad, 6, code, kData, kData, 0, 0x1000, 4096},
        {dynamic_segment ? kDynamic : 0u, 4, dynamic_at, kFirst + dynamic_at, 0, sizeof tags, sizeof tags, 8}};
    Header header{{0x7f, 'E', 'L', 'F', 2, 1, 1},
                  3,
                  62,
                  1,
                  kCode,
                  sizeof(Header),
                  sections ? section_table : 0,
                  0,
                  64,
                  56,
                  4,
                  64,
                  static_cast<uint16_t>(sections ? 7 : 0),
                  static_cast<uint16_t>(sections ? 6 : 0)};
    memcpy(out.data(), &header, sizeof header);
    memcpy(out.data() + sizeof header, segments, sizeof segments);
    return out;
  }

 private:
  struct Made {
    uint64_t table, size, names, names_size;
  };

  static Made add(std::string& out, const std::vector<MadeSymbol>& symbols) {
    std::string table(24, '\0'), names(1, '\0');
    for (const auto& symbol : symbols) {
      const auto info = static_cast<uint8_t>(static_cast<int>(symbol.binding) << 4 | static_cast<int>(symbol.type));
      const governor::elf::SymbolEntry entry{
          static_cast<uint32_t>(names.size()), info, 0, symbol.section, symbol.address, symbol.size};
      table.append(reinterpret_cast<const char*>(&entry), sizeof entry);
      names += symbol.name + '\0';
    }
    const Made made{out.size(), table.size(), out.size() + table.size(), names.size()};
    out += table + names;
    return made;
  }

  // One bucket with a chain of all, and a filter that lets all pass.
  uint64_t add_gnu_hash(std::string& out) const {
    const uint64_t at = out.size();
    std::vector<uint32_t> words{1, 1, 1, 5, ~0u, ~0u, dynamic.empty() ? 0u : 1u};
    for (const auto& symbol : dynamic) {
      uint32_t hash = 5381;
      for (const unsigned char letter : symbol.name) hash = hash * 33 + letter;
      words.push_back((hash & ~1u) | (&symbol == &dynamic.back()));
    }
    out.append(reinterpret_cast<const char*>(words.data()), words.size() * 4);
    return at;
  }

  uint64_t add_old_hash(std::string& out) const {
    const uint64_t at = out.size();
    const uint32_t words[] = {1, static_cast<uint32_t>(dynamic.size() + 1)};
    out.append(reinterpret_cast<const char*>(words), sizeof words);
    return at;
  }
};

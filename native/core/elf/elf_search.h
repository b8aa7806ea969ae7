// Symbols of an ELF file by their names.
#pragma once
#include <optional>
#include <string_view>
#include <vector>

#include "core/elf/elf_tables.h"

namespace governor::elf {

// By the hash table, with a few reads.
std::optional<Symbol> find_hashed(const File& file, const SymbolTable& table, const HashTable& hash,
                                  std::string_view name);
// By searching all names; prefers a global symbol to a local one.
std::optional<Symbol> find_in(const File& file, const SymbolTable& table, std::string_view name);
// Data symbols whose names contain `part`.
std::vector<Symbol> variables_in(const File& file, const SymbolTable& table, std::string_view part);

}  // namespace governor::elf

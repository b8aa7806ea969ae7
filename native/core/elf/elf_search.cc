#include "core/elf/elf_search.h"

#include <functional>

namespace governor::elf {
namespace {

constexpr size_t kMostOccurrences = 1 << 16;
constexpr uint64_t kLongestChain = 4096;
constexpr size_t kMostVariables = 1024;
constexpr uint64_t kBlock = uint64_t{256} << 10;

// Names that begin at an offset from first to last contain the text.
struct Beginnings {
  uint64_t first, last;
};

// Visits the offsets of `text` in a table of names, ascending, until a visit returns false.
template <typename Visit>
void each_occurrence(const File& file, const Extent& names, std::string_view text, Visit visit) {
  if (text.size() > kLongestName) return;
  const std::boyer_moore_horspool_searcher searcher(text.begin(), text.end());
  std::string block;
  for (uint64_t done = 0; done < names.size; done += kBlock) {
    block.resize(std::min<uint64_t>(kBlock + text.size() - 1, names.size - done));
    if (!file.read(names.offset + done, block.data(), block.size())) return;
    for (auto at = block.begin(); (at = std::search(at, block.end(), searcher)) != block.end(); at++) {
      if (!visit(done + static_cast<uint64_t>(at - block.begin()))) return;
    }
  }
}

// The beginning of the name around an offset: after the last NUL.
uint64_t beginning(const File& file, const Extent& names, uint64_t offset) {
  char before[kLongestName];
  const size_t size = std::min<uint64_t>(offset, sizeof before);
  if (!file.read(names.offset + offset - size, before, size)) return offset;
  const auto nul = std::string_view(before, size).rfind('\0');
  return nul == std::string_view::npos ? offset - size : offset - size + nul + 1;
}

bool begins_in(const std::vector<Beginnings>& sorted, uint64_t name) {
  const auto next = std::upper_bound(sorted.begin(), sorted.end(), name,
                                     [](uint64_t offset, const Beginnings& range) { return offset < range.first; });
  return next != sorted.begin() && name <= std::prev(next)->last;
}

Symbol symbol_of(const File& file, const SymbolTable& table, const SymbolEntry& entry) {
  return {entry.address, entry.size, is_function(file, entry), file.text(table.names, entry.name)};
}

uint32_t gnu_hash(std::string_view name) {
  uint32_t hash = 5381;
  for (const char letter : name) hash = hash * 33 + static_cast<unsigned char>(letter);
  return hash;
}

bool is_name(std::string_view name) {
  return !name.empty() && name.size() < kLongestName && name.find('\0') == std::string_view::npos;
}

}  // namespace

std::optional<Symbol> find_hashed(const File& file, const SymbolTable& table, const HashTable& hash,
                                  std::string_view name) {
  if (!is_name(name)) return std::nullopt;
  const uint32_t value = gnu_hash(name);
  const auto word = file.read<uint64_t>(hash.filter + (value / 64 & (hash.filter_words - 1)) * sizeof(uint64_t));
  if (!word || !(*word >> (value & 63) & *word >> (value >> hash.shift & 63) & 1)) return std::nullopt;
  const auto bucket = file.read<uint32_t>(hash.buckets + value % hash.bucket_count * sizeof(uint32_t));
  if (!bucket || *bucket < hash.first_symbol) return std::nullopt;
  const uint64_t end = std::min(table.count, *bucket + kLongestChain);
  for (uint64_t index = *bucket; index < end; index++) {
    const auto link = file.read<uint32_t>(hash.chains + (index - hash.first_symbol) * sizeof(uint32_t));
    if (!link) return std::nullopt;
    if ((*link | 1) == (value | 1)) {
      const auto entry = file.read<SymbolEntry>(table.symbols + index * sizeof(SymbolEntry));
      if (entry && entry->defined() && file.is_text(table.names, entry->name, name)) {
        return symbol_of(file, table, *entry);
      }
    }
    if (*link & 1) break;
  }
  return std::nullopt;
}

std::optional<Symbol> find_in(const File& file, const SymbolTable& table, std::string_view name) {
  if (!is_name(name)) return std::nullopt;
  std::vector<Beginnings> names;
  each_occurrence(file, table.names, std::string(name) + '\0', [&](uint64_t offset) {
    names.push_back({offset, offset});  // a whole name, or the tail of a longer one
    return names.size() < kMostOccurrences;
  });
  std::optional<SymbolEntry> found;
  if (names.empty()) return std::nullopt;
  each_symbol(file, table, [&](const SymbolEntry& entry) {
    if ((!found || (found->local() && !entry.local())) && begins_in(names, entry.name)) found = entry;
  });
  return found ? std::optional(symbol_of(file, table, *found)) : std::nullopt;
}

std::vector<Symbol> variables_in(const File& file, const SymbolTable& table, std::string_view part) {
  std::vector<Symbol> found;
  if (!is_name(part)) return found;
  std::vector<Beginnings> names;
  each_occurrence(file, table.names, part, [&](uint64_t offset) {
    names.push_back({beginning(file, table.names, offset), offset});
    return names.size() < kMostOccurrences;
  });
  if (names.empty()) return found;
  each_symbol(file, table, [&](const SymbolEntry& entry) {
    if (found.size() >= kMostVariables || !begins_in(names, entry.name) || is_function(file, entry)) return;
    found.push_back(symbol_of(file, table, entry));
  });
  return found;
}

}  // namespace governor::elf

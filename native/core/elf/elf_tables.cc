#include "core/elf/elf_tables.h"

namespace governor::elf {
namespace {

enum Tag : uint64_t {
  kEnd = 0,
  kHash = 4,
  kStringTable = 5,
  kSymbolTable = 6,
  kStringSize = 10,
  kGnuHash = 0x6ffffef5
};
constexpr uint64_t kMostDynamicEntries = 4096;
constexpr uint64_t kLongestChain = 1 << 16;
constexpr uint16_t kUndefined = 0, kFirstReserved = 0xff00, kSectionElsewhere = 0xffff;

struct DynamicEntry {
  uint64_t tag, value;
};

// What the dynamic linker uses; 0: not given.
struct Dynamic {
  uint64_t symbols = 0, strings = 0, strings_size = 0, hash = 0, gnu_hash = 0;
};

Dynamic read_dynamic(const File& file) {
  Dynamic dynamic;
  for (const auto& segment : file.segments()) {
    if (segment.type != kDynamic) continue;
    const uint64_t count = std::min(segment.file_size / sizeof(DynamicEntry), kMostDynamicEntries);
    for (uint64_t i = 0; i < count; i++) {
      const auto entry = file.read<DynamicEntry>(segment.offset + i * sizeof(DynamicEntry));
      if (!entry || entry->tag == kEnd) break;
      switch (entry->tag) {
        case kHash: dynamic.hash = entry->value; break;
        case kStringTable: dynamic.strings = entry->value; break;
        case kSymbolTable: dynamic.symbols = entry->value; break;
        case kStringSize: dynamic.strings_size = entry->value; break;
        case kGnuHash: dynamic.gnu_hash = entry->value; break;
      }
    }
    break;
  }
  return dynamic;
}

std::optional<SymbolTable> table_of(const File& file, uint64_t symbols, uint64_t count, uint64_t names, uint64_t size) {
  if (count > kMostSymbols || !file.extent(symbols, count * sizeof(SymbolEntry))) return std::nullopt;
  const auto extent = file.extent(names, size);
  if (!extent) return std::nullopt;
  return SymbolTable{symbols, count, *extent};
}

const Section* section_of(const File& file, SectionType type) {
  for (const auto& section : file.sections()) {
    if (section.type == type && section.entry_size == sizeof(SymbolEntry) && section.link < file.sections().size() &&
        file.sections()[section.link].type == kStrings) {
      return &section;
    }
  }
  return nullptr;
}

std::optional<SymbolTable> by_section(const File& file, const Section* section) {
  if (!section) return std::nullopt;
  const auto& names = file.sections()[section->link];
  return table_of(file, section->offset, section->size / sizeof(SymbolEntry), names.offset, names.size);
}

std::optional<HashTable> hash_table(const File& file, uint64_t address) {
  const auto place = file.at_address(address);
  if (!place) return std::nullopt;
  struct {
    uint32_t buckets, first_symbol, filter_words, shift;
  } header;
  if (!file.read(place->offset, &header, sizeof header)) return std::nullopt;
  const bool power_of_two = header.filter_words != 0 && (header.filter_words & (header.filter_words - 1)) == 0;
  if (header.buckets == 0 || !power_of_two || header.shift >= 32) return std::nullopt;
  const uint64_t filter = place->offset + sizeof header;
  const uint64_t buckets = filter + uint64_t{header.filter_words} * sizeof(uint64_t);
  const uint64_t chains = buckets + uint64_t{header.buckets} * sizeof(uint32_t);
  if (place->offset > UINT64_MAX / 2 || !file.extent(place->offset, chains - place->offset)) return std::nullopt;
  return HashTable{filter, buckets, chains, header.buckets, header.first_symbol, header.filter_words, header.shift};
}

// The last chain ends at the last symbol.
std::optional<uint64_t> symbols_hashed(const File& file, const HashTable& hash) {
  uint64_t last = 0;
  std::vector<uint32_t> block(4096);
  for (uint64_t done = 0; done < hash.bucket_count; done += block.size()) {
    block.resize(std::min<uint64_t>(hash.bucket_count - done, block.size()));
    if (!file.read(hash.buckets + done * sizeof(uint32_t), block.data(), block.size() * sizeof(uint32_t))) {
      return std::nullopt;
    }
    last = std::max<uint64_t>(last, *std::max_element(block.begin(), block.end()));
  }
  if (last < hash.first_symbol) return hash.first_symbol;
  for (uint64_t symbol = last; symbol < last + kLongestChain; symbol++) {
    const auto link = file.read<uint32_t>(hash.chains + (symbol - hash.first_symbol) * sizeof(uint32_t));
    if (!link) return std::nullopt;
    if (*link & 1) return symbol + 1;
  }
  return std::nullopt;
}

// DT_HASH: numbers of buckets and of chains, of which each symbol has one.
std::optional<uint64_t> symbols_chained(const File& file, uint64_t address) {
  const auto place = file.at_address(address);
  const auto count = place ? file.read<uint32_t>(place->offset + sizeof(uint32_t)) : std::nullopt;
  return count ? std::optional<uint64_t>(*count) : std::nullopt;
}

std::optional<SymbolTable> by_dynamic(const File& file, const Dynamic& dynamic, const std::optional<HashTable>& hash) {
  const auto symbols = file.at_address(dynamic.symbols), strings = file.at_address(dynamic.strings);
  if (!symbols || !strings || dynamic.strings_size > strings->size) return std::nullopt;
  auto count = hash ? symbols_hashed(file, *hash) : std::nullopt;
  if (!count && dynamic.hash != 0) count = symbols_chained(file, dynamic.hash);
  if (!count || *count > symbols->size / sizeof(SymbolEntry)) return std::nullopt;
  return table_of(file, symbols->offset, *count, strings->offset, dynamic.strings_size);
}

// The section gives the number of symbols at once. It is trusted if the dynamic linker would find the same table.
bool agree(const File& file, const Section* section, const Dynamic& dynamic) {
  if (!section) return false;
  const auto& names = file.sections()[section->link];
  const auto symbols = file.at_address(dynamic.symbols), strings = file.at_address(dynamic.strings);
  return symbols && strings && symbols->offset == section->offset && strings->offset == names.offset;
}

}  // namespace

bool SymbolEntry::defined() const {
  if (section == kUndefined || (section >= kFirstReserved && section != kSectionElsewhere)) return false;
  switch (type()) {
    case SymbolType::kNone:
    case SymbolType::kObject:
    case SymbolType::kFunction:
    case SymbolType::kCommon:
    case SymbolType::kIndirectFunction: return true;
  }
  return false;
}

bool is_function(const File& file, const SymbolEntry& symbol) {
  if (symbol.type() == SymbolType::kNone) return file.loaded(symbol.address, kExecute);
  return symbol.type() == SymbolType::kFunction || symbol.type() == SymbolType::kIndirectFunction;
}

Tables find_tables(const File& file) {
  Tables tables;
  tables.full = by_section(file, section_of(file, kSymbols));
  const Dynamic dynamic = read_dynamic(file);
  const Section* section = section_of(file, kDynamicSymbols);
  if (dynamic.gnu_hash != 0) tables.hash = hash_table(file, dynamic.gnu_hash);
  if (agree(file, section, dynamic)) tables.dynamic = by_section(file, section);
  if (!tables.dynamic && dynamic.symbols != 0) tables.dynamic = by_dynamic(file, dynamic, tables.hash);
  if (!tables.dynamic) {
    tables.dynamic = by_section(file, section);
    tables.hash = std::nullopt;
  }
  return tables;
}

}  // namespace governor::elf

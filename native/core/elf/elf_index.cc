#include "core/elf/elf_index.h"

#include <tuple>

namespace governor::elf {
namespace {

constexpr size_t kMostSteps = 4096;  // back from an address, to what covers it
constexpr size_t kMostNames = 256;   // that are read for one answer

// "$x" and "$d.12" mark code and data of ARM (ELF for the Arm Architecture, "Mapping symbols").
bool is_mapping_symbol(std::string_view name) {
  return name.size() >= 2 && name[0] == '$' && (name.size() == 2 || name[2] == '.');
}

// Names that people know begin with no underscores, and are short.
auto plainness(std::string_view name) {
  return std::tuple(std::min(name.find_first_not_of('_'), name.size()), name.size(), name);
}

}  // namespace

uint64_t Index::Entry::end() const {
  const uint64_t length = std::max<uint64_t>(size, 1);
  return address > UINT64_MAX - length ? UINT64_MAX : address + length;
}

void Index::add(const SymbolEntry& symbol, bool dynamic) {
  const bool label = symbol.type() == SymbolType::kNone;
  const Worth worth = label ? (symbol.local() ? kLabel : kGlobalLabel)
                            : (symbol.local()  ? kLocal
                               : symbol.weak() ? kWeak
                                               : kGlobal);
  entries_.push_back({.address = symbol.address,
                      .size = static_cast<uint32_t>(std::min<uint64_t>(symbol.size, UINT32_MAX)),
                      .dynamic = dynamic,
                      .worth = worth,
                      .name = symbol.name & ((1u << 28) - 1)});
}

void Index::sort() {
  std::sort(entries_.begin(), entries_.end(), [](const Entry& one, const Entry& other) {
    return one.address != other.address ? one.address < other.address : one.rank() < other.rank();
  });
  entries_.shrink_to_fit();
  furthest_.reserve(entries_.size());
  uint64_t furthest = 0;
  for (const auto& entry : entries_) furthest_.push_back(furthest = std::max(furthest, entry.end()));
}

// The number of entries that begin there or before.
size_t Index::behind(uint64_t address) const {
  const auto next = std::upper_bound(entries_.begin(), entries_.end(), address,
                                     [](uint64_t at, const Entry& entry) { return at < entry.address; });
  return static_cast<size_t>(next - entries_.begin());
}

// Of entry `last` and those before it of the same address and rank. `budget`: how many more names may be read.
std::string Index::best_name(const File& file, const Tables& tables, size_t last, uint64_t covered,
                             size_t& budget) const {
  std::string best;
  const Entry& wanted = entries_[last];
  for (size_t i = last + 1; i-- > 0 && budget > 0;) {
    const Entry& entry = entries_[i];
    if (entry.address != wanted.address || entry.rank() != wanted.rank()) break;
    if (!entry.covers(covered)) continue;
    budget--;
    auto name = file.text((entry.dynamic ? tables.dynamic : tables.full)->names, entry.name);
    if (name.empty() || (entry.worth == kLabel && is_mapping_symbol(name))) continue;
    if (best.empty() || plainness(name) < plainness(best)) best = std::move(name);
  }
  return best;
}

std::string Index::covering(const File& file, const Tables& tables, uint64_t address) const {
  std::string label;
  size_t budget = kMostNames;
  const size_t behind = this->behind(address);
  for (size_t i = behind; i-- > 0 && behind - i <= kMostSteps && furthest_[i] > address;) {
    if (!entries_[i].covers(address) || (entries_[i].worth <= kGlobalLabel && !label.empty())) continue;
    auto name = best_name(file, tables, i, address, budget);
    if (entries_[i].worth > kGlobalLabel && !name.empty()) return name;
    if (label.empty()) label = std::move(name);
  }
  return label;
}

std::string Index::before(const File& file, const Tables& tables, uint64_t address) const {
  size_t budget = kMostNames;
  const size_t behind = this->behind(address);
  for (size_t i = behind; i-- > 0 && behind - i <= kMostSteps;) {
    if (entries_[i].worth <= kGlobalLabel) continue;
    auto name = best_name(file, tables, i, entries_[i].address, budget);
    if (!name.empty()) return name;
  }
  return "";
}

std::string Index::after(const File& file, const Tables& tables, uint64_t address) const {
  size_t budget = kMostNames;
  const size_t first = behind(address);
  for (size_t i = first; i < entries_.size() && i - first < kMostSteps; i = behind(entries_[i].address)) {
    const size_t last = behind(entries_[i].address) - 1;
    if (entries_[last].worth <= kGlobalLabel) continue;
    auto name = best_name(file, tables, last, entries_[last].address, budget);
    if (!name.empty()) return name;
  }
  return "";
}

Indexes index_symbols(const File& file, const Tables& tables) {
  Indexes indexes;
  const auto add = [&](const std::optional<SymbolTable>& table, bool dynamic) {
    if (!table) return;
    each_symbol(file, *table, [&](const SymbolEntry& symbol) {
      (is_function(file, symbol) ? indexes.functions : indexes.data).add(symbol, dynamic);
    });
  };
  add(tables.dynamic, true);
  add(tables.full, false);
  indexes.functions.sort();
  indexes.data.sort();
  return indexes;
}

}  // namespace governor::elf

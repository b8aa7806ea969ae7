#include "core/elf/elf.h"

#include "core/elf/elf_file.h"
#include "core/elf/elf_index.h"
#include "core/elf/elf_search.h"
#include "core/elf/elf_tables.h"

namespace governor {

// Tables and indexes are made when they are first asked for.
struct Elf::Contents {
  explicit Contents(elf::File opened) : file(std::move(opened)) {}

  const elf::Tables& tables() {
    if (!tables_) tables_ = elf::find_tables(file);
    return *tables_;
  }
  const elf::Indexes& indexes() {
    if (!indexes_) indexes_ = elf::index_symbols(file, tables());
    return *indexes_;
  }

  const elf::File file;

 private:
  std::optional<elf::Tables> tables_;
  std::optional<elf::Indexes> indexes_;
};

std::optional<Elf> Elf::open(ReadAt read) {
  auto file = elf::File::open(std::move(read));
  if (!file) return std::nullopt;
  return Elf(std::make_shared<Contents>(std::move(*file)));
}

uint64_t Elf::first_address() const {
  for (const auto& segment : contents_->file.segments()) {
    if (segment.type == elf::kLoad) return segment.address - segment.offset;
  }
  return 0;
}

uint64_t Elf::entry() const { return contents_->file.header().entry; }

bool Elf::has_interpreter() const {
  for (const auto& segment : contents_->file.segments()) {
    if (segment.type == elf::kInterpreter) return true;
  }
  return false;
}

bool Elf::has_section(std::string_view name) const {
  const auto& file = contents_->file;
  const auto names = file.section_names();
  if (!names) return false;
  for (const auto& section : file.sections()) {
    if (file.is_text(*names, section.name, name)) return true;
  }
  return false;
}

std::optional<Symbol> Elf::find(std::string_view name) const {
  const auto& file = contents_->file;
  const auto& tables = contents_->tables();
  std::optional<Symbol> found;
  if (tables.dynamic) {
    found = tables.hash ? elf::find_hashed(file, *tables.dynamic, *tables.hash, name)
                        : elf::find_in(file, *tables.dynamic, name);
  }
  if (!found && tables.full) found = elf::find_in(file, *tables.full, name);
  return found;
}

std::vector<Symbol> Elf::variables_like(std::string_view name) const {
  const auto& tables = contents_->tables();
  std::vector<Symbol> found;
  for (const auto* table : {&tables.dynamic, &tables.full}) {
    if (!*table) continue;
    for (auto& symbol : elf::variables_in(contents_->file, **table, name)) {
      const bool known = std::any_of(found.begin(), found.end(), [&](const Symbol& other) {
        return other.address == symbol.address && other.name == symbol.name;
      });
      if (!known) found.push_back(std::move(symbol));
    }
  }
  return found;
}

NamedAddress Elf::name(uint64_t address) const {
  const auto& file = contents_->file;
  const auto& tables = contents_->tables();
  const auto& indexes = contents_->indexes();
  NamedAddress named;
  named.symbol = indexes.functions.covering(file, tables, address);
  if (named.symbol.empty()) named.symbol = indexes.data.covering(file, tables, address);
  if (!named.symbol.empty()) return named;
  const auto& neighbours = file.loaded(address, elf::kExecute) ? indexes.functions : indexes.data;
  named.before = neighbours.before(file, tables, address);
  named.after = neighbours.after(file, tables, address);
  return named;
}

bool Elf::read_address(uint64_t address, void* to, size_t size) const {
  const auto place = contents_->file.at_address(address);
  return place && size <= place->size && contents_->file.read(place->offset, to, size);
}

bool Elf::loaded(uint64_t address, uint32_t permission) const { return contents_->file.loaded(address, permission); }

}  // namespace governor

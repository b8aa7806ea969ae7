#include "core/elf/elf.h"
#include "native/helpers/check.h"
#include "native/helpers/elf_bytes.h"
#include "native/helpers/small_elf.h"

using governor::Elf;
using governor::elf::Binding;
using enum governor::elf::SymbolType;
using Symbols = std::vector<MadeSymbol>;

namespace {

constexpr uint64_t kCode = SmallElf::kCode, kData = SmallElf::kData;

Elf opened(const SmallElf& made) { return Elf::open(bytes_of(made.bytes())).value(); }

Elf with(const Symbols& full) {
  SmallElf made;
  made.full = full;
  return opened(made);
}

std::string shown(const governor::NamedAddress& named) { return named.symbol + "|" + named.before + "|" + named.after; }

void the_innermost_symbol_covers_an_address() {
  const Elf elf = with({{"outer", kCode, 100, kFunction},
                        {"inner", kCode + 20, 10, kFunction},
                        {"next", kCode + 200, 10, kFunction},
                        {"point", kCode + 150, 0, kFunction}});
  CHECK_EQ(shown(elf.name(kCode)), "outer||");
  CHECK_EQ(shown(elf.name(kCode + 25)), "inner||");
  CHECK_EQ(shown(elf.name(kCode + 30)), "outer||");
  CHECK_EQ(shown(elf.name(kCode + 99)), "outer||");
  CHECK_EQ(shown(elf.name(kCode + 100)), "|inner|point");
  CHECK_EQ(shown(elf.name(kCode + 150)), "point||");
  CHECK_EQ(shown(elf.name(kCode + 151)), "|point|next");
  CHECK_EQ(shown(elf.name(kCode + 210)), "|next|");
  CHECK_EQ(shown(elf.name(0)), "||");
}

void prefers_the_name_that_people_know() {
  const Elf elf = with({{"local", kCode, 8, kFunction, Binding::kLocal},
                        {"a_weak_one", kCode, 8, kFunction, Binding::kWeak},
                        {"__known", kCode, 8, kFunction},
                        {"known", kCode, 8, kFunction},
                        {"known_as_well", kCode, 8, kFunction},
                        {"weak", kCode + 8, 8, kFunction, Binding::kWeak},
                        {"b", kCode + 8, 8, kFunction, Binding::kLocal}});
  CHECK_EQ(elf.name(kCode + 4).symbol, "known");
  CHECK_EQ(elf.name(kCode + 8).symbol, "weak");
  CHECK_EQ(elf.name(kCode + 16).before, "weak");
}

void a_dynamic_name_before_one_with_a_version() {
  SmallElf made;
  made.dynamic = {{"start", kCode, 8, kFunction}};
  made.full = {{"start@@V_2", kCode, 8, kFunction}};
  CHECK_EQ(opened(made).name(kCode).symbol, "start");
}

void uses_labels_only_if_nothing_is_better() {
  const Elf elf = with({{"$x", kCode, 0, kNone, Binding::kLocal},
                        {"$d.12", kCode + 4, 0, kNone, Binding::kLocal},
                        {"function", kCode, 8, kFunction, Binding::kLocal},
                        {"label", kCode + 6, 0, kNone, Binding::kLocal},
                        {"$x", kCode + 12, 0, kNone, Binding::kLocal},
                        {"by_hand", kCode + 16, 0, kNone},
                        {"label", kCode + 20, 0, kNone, Binding::kLocal},
                        {"last", kCode + 40, 1, kFunction}});
  for (const uint64_t at : {0, 4, 6}) CHECK_EQ(elf.name(kCode + at).symbol, "function");
  CHECK_EQ(shown(elf.name(kCode + 12)), "|function|last");
  CHECK_EQ(elf.name(kCode + 16).symbol, "by_hand");
  CHECK_EQ(elf.name(kCode + 20).symbol, "label");
  CHECK_EQ(shown(elf.name(kCode + 21)), "|function|last");
}

void what_is_not_in_the_file_names_nothing() {
  const Elf elf = with({{"elsewhere", kCode, 8, kFunction, Binding::kGlobal, 0},
                        {"absolute", kCode, 8, kFunction, Binding::kGlobal, 0xfff1},
                        {"thread_local", kCode, 8, governor::elf::SymbolType{6}},
                        {"file.c", kCode, 8, governor::elf::SymbolType{4}},
                        {"", kCode, 8, kFunction}});
  CHECK_EQ(shown(elf.name(kCode)), "||");
  for (const char* name : {"elsewhere", "absolute", "thread_local", "file.c", ""}) CHECK(!elf.find(name));
}

void data_has_data_around_it() {
  const Elf elf = with({{"function", kCode, 8, kFunction},
                        {"table", kData, 16, kObject},
                        {"common", kData + 64, 8, kCommon},
                        {"table_in_code", kCode + 16, 8, kObject}});
  CHECK_EQ(elf.name(kData + 15).symbol, "table");
  CHECK_EQ(shown(elf.name(kData + 16)), "|table|common");
  CHECK_EQ(elf.name(kCode + 20).symbol, "table_in_code");
  CHECK_EQ(shown(elf.name(kCode + 30)), "|function|");
}

void sizes_may_be_false() {
  const Elf elf = with({{"all", kCode + 8, UINT64_MAX, kFunction}, {"end", UINT64_MAX, UINT64_MAX, kFunction}});
  CHECK_EQ(elf.name(kCode + 1000).symbol, "all");
  CHECK_EQ(elf.name(UINT64_MAX - 1).symbol, "");
  CHECK_EQ(shown(elf.name(kCode)), "||all");
}

void variables_by_a_part_of_their_name() {
  SmallElf made;
  made.dynamic = {{"blas_cpu_number", kData, 4, kObject}, {"blas_cpu_number_of", kCode, 4, kFunction}};
  made.full = {{"blas_cpu_number", kData, 4, kObject},
               {"p_blas_cpu_number_64", kData + 8, 4, kObject},
               {"blas_cpu", kData + 16, 4, kObject},
               {std::string(5000, 'x') + "blas_cpu_number", kData + 24, 4, kObject}};
  const auto found = opened(made).variables_like("blas_cpu_number");
  CHECK_EQ(found.size(), size_t{2});
  CHECK(found.at(0).name == "blas_cpu_number" && found.at(0).address == kData && !found.at(0).function);
  CHECK(found.at(1).name == "p_blas_cpu_number_64" && found.at(1).address == kData + 8 && found.at(1).size == 4);
  CHECK(opened(made).variables_like("").empty() && opened(made).variables_like(std::string(9000, 'x')).empty());
  CHECK_EQ(opened(made).variables_like("cpu").size(), size_t{3});
}

void long_names_are_cut() {
  const std::string name(10000, 'n');
  const Elf elf = with({{name, kCode, 8, kFunction}});
  CHECK_EQ(elf.name(kCode).symbol, name.substr(0, 4096));
  CHECK(!elf.find(name));
}

void finds_in_every_kind_of_table() {
  for (int kind = 0; kind < 32; kind++) {
    SmallElf made;
    made.dynamic = {{"first", kCode, 8, kFunction},
                    {"second", kData, 4, kObject},
                    {"un_second", kData + 8, 4, kObject},
                    {"absent", 0, 0, kFunction, Binding::kGlobal, 0}};
    made.full = {{"second", kCode + 32, 8, kFunction, Binding::kLocal},
                 {"hidden", kCode + 8, 8, kFunction, Binding::kLocal},
                 {"hidden", kCode + 16, 8, kFunction}};
    made.gnu_hash = kind & 1;
    made.old_hash = kind & 2;
    made.sections = kind & 4;
    made.dynamic_segment = kind & 8;
    if (kind & 16) made.dynamic.clear();
    const bool dynamic = !(kind & 16) && (made.sections || (made.dynamic_segment && (made.gnu_hash || made.old_hash)));
    const Elf elf = opened(made);
    CHECK_EQ(elf.find("first").has_value(), dynamic);
    CHECK_EQ(elf.find("second").has_value(), dynamic || made.sections);
    if (dynamic) CHECK_EQ(elf.find("second")->address, kData);
    if (dynamic) CHECK_EQ(elf.find("un_second")->address, kData + 8);
    CHECK_EQ(elf.find("hidden").has_value(), made.sections);
    if (made.sections) CHECK_EQ(elf.find("hidden")->address, kCode + 16);
    for (const char* name : {"", "firs", "irst", "first2", "absent"}) CHECK(!elf.find(name));
    CHECK_EQ(elf.name(kCode).symbol, dynamic ? "first" : "");
    CHECK_EQ(elf.has_section(".dynsym"), made.sections);
  }
}

// The dynamic linker uses the dynamic segment, so a section table that differs is false.
void a_false_section_table_is_not_trusted() {
  SmallElf made;
  made.dynamic = {{"first", kCode, 8, kFunction}};
  std::string bytes = made.bytes();
  governor::elf::Header header;
  memcpy(&header, bytes.data(), sizeof header);
  governor::elf::Section section;
  const size_t at = header.sections + 2 * sizeof section;
  memcpy(&section, bytes.data() + at, sizeof section);
  section.offset -= 24;
  memcpy(bytes.data() + at, &section, sizeof section);
  CHECK_EQ(Elf::open(bytes_of(bytes))->find("first")->address, kCode);
  CHECK_EQ(Elf::open(bytes_of(bytes))->name(kCode).symbol, "first");
}

void false_counts_take_no_memory() {
  SmallElf made;
  made.full = {{"first", kCode, 8, kFunction}};
  const std::string good = made.bytes();
  governor::elf::Header header;
  memcpy(&header, good.data(), sizeof header);
  for (const uint64_t size : {uint64_t{1} << 20, uint64_t{24} << 22, uint64_t{1} << 40, UINT64_MAX}) {
    std::string bytes = good;
    memcpy(bytes.data() + header.sections + 4 * 64 + offsetof(governor::elf::Section, size), &size, sizeof size);
    const auto elf = Elf::open(bytes_of(bytes));
    CHECK(elf.has_value() && !elf->find("first"));
    CHECK_EQ(shown(elf->name(kCode)), "||");
  }
}

void refuses_what_is_no_elf_file() {
  const std::string good = SmallElf().bytes();
  CHECK(Elf::open(bytes_of(good)).has_value());
  for (const size_t size : {0, 1, 4, 63, 64, 100, 64 + 4 * 56 - 1}) CHECK(!Elf::open(bytes_of(good.substr(0, size))));
  // The magic number's four bytes, 64 bits, little-endian, the version, the type, the size and the number of segments.
  for (const size_t at : {0, 1, 2, 3, 4, 5, 6, 17, 55, 57}) {
    std::string bytes = good;
    bytes[at] ^= 0x7f;
    CHECK(!Elf::open(bytes_of(bytes)));
  }
}

}  // namespace

int main() {
  the_innermost_symbol_covers_an_address();
  prefers_the_name_that_people_know();
  a_dynamic_name_before_one_with_a_version();
  uses_labels_only_if_nothing_is_better();
  what_is_not_in_the_file_names_nothing();
  data_has_data_around_it();
  sizes_may_be_false();
  variables_by_a_part_of_their_name();
  long_names_are_cut();
  finds_in_every_kind_of_table();
  a_false_section_table_is_not_trusted();
  false_counts_take_no_memory();
  refuses_what_is_no_elf_file();
  return check::result();
}

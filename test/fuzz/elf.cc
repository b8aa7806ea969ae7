// ELF files: everything found is in the file, and nothing is larger, or takes more reads, than allowed.
#include <cstring>
#include <string_view>

#include "core/elf/elf.h"
#include "fuzz/invariant.h"

using governor::Elf;

static constexpr size_t kLongestName = 4096, kMostReads = 1'000'000;

static void check_name(const governor::NamedAddress& named) {
  INVARIANT(named.symbol.empty() || (named.before.empty() && named.after.empty()));
  for (const auto* name : {&named.symbol, &named.before, &named.after}) {
    INVARIANT(name->size() <= kLongestName && name->find('\0') == std::string::npos);
  }
}

static void check_bytes(const Elf& elf, uint64_t address) {
  char bytes[16];
  for (const size_t size : {size_t{1}, sizeof bytes}) (void)elf.read_address(address, bytes, size);
  INVARIANT(!elf.read_address(address, bytes, SIZE_MAX));
  INVARIANT(elf.loaded(address, 0) || !elf.loaded(address, 1));
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const auto stands_in_it = [&](std::string_view name) { return input.find(name) != std::string_view::npos; };
  size_t reads = 0;
  const auto elf = Elf::open([&](uint64_t offset, void* to, size_t wanted) {
    INVARIANT(++reads < kMostReads);
    if (offset > size || wanted > size - offset) return false;
    memcpy(to, data + offset, wanted);
    return true;
  });
  if (!elf) return 0;
  (void)elf->has_interpreter();
  INVARIANT(!elf->has_section(".text") || stands_in_it(".text"));
  for (const char* name : {"governed", "variable", "hidden", "missing", ""}) {
    const auto symbol = elf->find(name);
    if (!symbol) continue;
    INVARIANT(symbol->name == name && !symbol->name.empty() && stands_in_it(name));
    check_name(elf->name(symbol->address));
    check_bytes(*elf, symbol->address);
  }
  for (const auto& variable : elf->variables_like("a")) {
    INVARIANT(variable.name.find('a') != std::string::npos && !variable.function &&
              variable.name.size() <= kLongestName);
    check_name(elf->name(variable.address));
  }
  for (const uint64_t address : {elf->entry(), elf->first_address(), uint64_t{0}, uint64_t{0x1000}, UINT64_MAX}) {
    check_name(elf->name(address));
    check_bytes(*elf, address);
  }
  return 0;
}

#include "core/elf/elf.h"

#include <dlfcn.h>
#include <link.h>

#include <algorithm>
#include <exception>
#include <map>
#include <set>

#include "native/helpers/check.h"
#include "native/helpers/elf_bytes.h"

using governor::Elf;

extern "C" {
__attribute__((noinline, visibility("default"))) int a_function_of_ours(int number) { return number * 7 + 1; }
__attribute__((visibility("default"))) int a_variable_of_ours = 42;
}
__attribute__((noinline)) static int a_local_function(int number) { return number ^ a_variable_of_ours; }

namespace {

template <typename Pointer>
uint64_t address_of(Pointer pointer) {
  return reinterpret_cast<uint64_t>(pointer);
}

// A library of this process: its file, and what its addresses are more than those in the file.
struct Library {
  explicit Library(const void* inside) {
    Dl_info info{};
    CHECK(::dladdr(inside, &info) != 0);
    path = info.dli_fname;
    bytes = whole_file(path);
    elf = Elf::open(bytes_of(bytes));
    CHECK(elf.has_value());
    bias = address_of(info.dli_fbase) - elf->first_address();
  }
  std::string path, bytes;
  std::optional<Elf> elf;
  uint64_t bias = 0;
};

Library libc() { return Library(::dlsym(::dlopen("libc.so.6", RTLD_NOW), "qsort")); }

void reads_this_program() {
  const auto elf = Elf::open(bytes_of(whole_file("/proc/self/exe")));
  CHECK(elf.has_value());
  uint64_t bias = 0;
  ::dl_iterate_phdr(
      [](dl_phdr_info* info, size_t, void* to) { return *static_cast<uint64_t*>(to) = info->dlpi_addr, 1; }, &bias);
  const uint64_t function = address_of(&a_function_of_ours) - bias, variable = address_of(&a_variable_of_ours) - bias;
  const uint64_t local = address_of(&a_local_function) - bias;

  CHECK(elf->has_interpreter() && elf->has_section(".symtab") && elf->has_section(".text") &&
        !elf->has_section(".tex"));
  CHECK_EQ(elf->name(elf->entry()).symbol, "_start");
  CHECK_EQ(elf->find("a_function_of_ours")->address, function);
  CHECK(elf->find("a_function_of_ours")->function && !elf->find("a_variable_of_ours")->function);
  CHECK_EQ(elf->find("a_variable_of_ours")->address, variable);
  CHECK_EQ(elf->find("a_variable_of_ours")->size, sizeof(int));
  CHECK(!elf->find("a_variable_of_our") && !elf->find("variable_of_ours") && !elf->find(""));
  CHECK_EQ(elf->name(function).symbol, "a_function_of_ours");
  CHECK_EQ(elf->name(function + 3).symbol, "a_function_of_ours");
  CHECK_EQ(elf->name(variable + 3).symbol, "a_variable_of_ours");
  CHECK(elf->name(local).symbol.find("a_local_function") != std::string::npos);
  const auto like = elf->variables_like("variable_of");
  CHECK(std::any_of(like.begin(), like.end(), [&](const auto& found) { return found.address == variable; }));
  CHECK(elf->variables_like("function_of_ours").empty());

  CHECK(elf->loaded(function, 1) && elf->loaded(function, 4 | 1) && !elf->loaded(function, 2));
  CHECK(elf->loaded(variable, 2) && !elf->loaded(variable, 1) && !elf->loaded(UINT64_MAX, 0));
  unsigned char code[4] = {};
  CHECK(elf->read_address(function, code, sizeof code) &&
        memcmp(code, reinterpret_cast<void*>(&a_function_of_ours), 4) == 0);
  CHECK(!elf->read_address(UINT64_MAX, code, 1) && !elf->read_address(function, code, SIZE_MAX));
}

void finds_what_the_dynamic_linker_finds() {
  const Library library = libc();
  void* const handle = ::dlopen(library.path.c_str(), RTLD_NOW);
  for (const char* name : {"qsort", "open", "pthread_exit", "environ", "stdout", "clone", "_thread_db_pthread_tid"}) {
    const auto symbol = library.elf->find(name);
    CHECK(symbol.has_value());
    if (void* there = ::dlsym(handle, name)) CHECK_EQ(symbol->address + library.bias, address_of(there));
  }
  CHECK_EQ(library.elf->name(address_of(::dlsym(handle, "qsort")) - library.bias + 1).symbol, "qsort");
}

void names_the_class_of_a_vtable() {
  const std::exception exception;
  const auto vtable = *reinterpret_cast<const uint64_t*>(&exception);
  const Library library(reinterpret_cast<void*>(vtable));
  CHECK_EQ(library.elf->name(vtable - library.bias).symbol, "_ZTVSt9exception");
}

}  // namespace

int main() {
  CHECK_EQ(a_function_of_ours(1) + a_local_function(0), 50);
  reads_this_program();
  finds_what_the_dynamic_linker_finds();
  names_the_class_of_a_vtable();
  return check::result();
}

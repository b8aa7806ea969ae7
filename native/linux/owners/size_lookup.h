// Where a library keeps the size of its pool, by the code of its function that returns it.
#pragma once
#include <cstdint>
#include <optional>
#include <string_view>

#include "core/elf/elf.h"

namespace governor::linux_os {

// A variable of the library.
struct SizeVariable {
  uint64_t address;  // in the file
  int width;
};

// libgomp: a thread that has set its own size has a structure with it, which thread-local memory points to.
struct OwnSize {
  uint64_t slot;     // address, in the file, of a word: how far the thread-local memory is from the thread pointer
  uint64_t pointer;  // from there to the pointer
  uint64_t size;     // from the structure's start
  int width;
};

// libomp: a table has a pointer to each thread's structure, which has one to its task, which has the size.
struct ListedSize {
  uint64_t table;  // the address, in the file, of the pointer to the table
  uint64_t task;   // from the start of a thread's structure
  uint64_t size;   // from the start of the task
  int width;
};

struct SizeLookup {
  std::optional<SizeVariable> variable{};
  std::optional<OwnSize> own{};
  std::optional<ListedSize> listed{};
  std::optional<int64_t> number{};  // the function always returns the same
};

// Empty for a function that does something else.
SizeLookup size_lookup(const Elf& elf, std::string_view function);

}  // namespace governor::linux_os

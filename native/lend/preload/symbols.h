// Finds functions of the libraries that a process has loaded, without the loader's lock: it is asked while a thread
// holds Python's interpreter lock, and another may wait for that one with the loader's lock in its hands.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

// What was found in one library for each wanted name; 0: not there.
struct FoundSymbols {
  uintptr_t address[8];
};

// Counts the libraries that were loaded and unloaded so far: it changes if there is something new to find.
uint64_t loaded_libraries(void);

// Calls `found` for each loaded library that has the first of the names.
void find_symbols(const char* const* names, size_t count, void (*found)(const struct FoundSymbols*, void*), void* data);

// Whether a library is loaded that has a function, and takes another one from somewhere else.
bool has_and_imports(const char* function, const char* imported);

// The memory of the library or program that defines the symbol; an empty range if there is none.
struct CodeRange {
  uintptr_t from, to;
};
struct CodeRange range_of(const char* name);

#ifdef __cplusplus
}
#endif

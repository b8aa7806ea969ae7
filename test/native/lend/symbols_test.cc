// What is found without the loader's lock is what dlsym(3) finds.
#include "lend/preload/symbols.h"

#include <dlfcn.h>

#include "native/helpers/check.h"

namespace {

using Found = std::vector<FoundSymbols>;

Found found(const std::vector<const char*>& names) {
  Found all;
  find_symbols(
      names.data(), names.size(),
      [](const FoundSymbols* one, void* data) { static_cast<Found*>(data)->push_back(*one); }, &all);
  return all;
}

uintptr_t by_dlsym(void* library, const char* name) { return reinterpret_cast<uintptr_t>(::dlsym(library, name)); }

void functions_are_found_in_the_library_that_defines_them() {
  void* library = ::dlopen("libm.so.6", RTLD_NOW);
  const auto of_libm = found({"cbrt", "cbrtf", "no_such_function"});
  CHECK_EQ(of_libm.size(), 1u);
  CHECK_EQ(of_libm[0].address[0], by_dlsym(library, "cbrt"));
  CHECK_EQ(of_libm[0].address[1], by_dlsym(library, "cbrtf"));
  CHECK_EQ(of_libm[0].address[2], 0u);
  CHECK(found({"no_such_function", "cbrt"}).empty());
  ::dlclose(library);
}

void a_library_that_is_loaded_later_is_found_and_changes_the_count() {
  const auto before = loaded_libraries();
  CHECK(found({"zlibVersion"}).empty());
  void* library = ::dlopen("libz.so.1", RTLD_NOW | RTLD_LOCAL);
  CHECK(library != nullptr);
  CHECK(loaded_libraries() != before);
  CHECK_EQ(found({"zlibVersion"})[0].address[0], by_dlsym(library, "zlibVersion"));
  CHECK(has_and_imports("zlibVersion", "free"));
  CHECK(!has_and_imports("zlibVersion", "zlibVersion"));
  CHECK(!has_and_imports("no_such_function", "free"));
  ::dlclose(library);
}

void code_lies_in_its_library() {
  const auto range = range_of("strtoul");
  const auto address = found({"strtoul"})[0].address[0];
  CHECK(range.from <= address && address < range.to);
  CHECK_EQ(range_of("no_such_function").to, 0u);
}

}  // namespace

int main() {
  functions_are_found_in_the_library_that_defines_them();
  a_library_that_is_loaded_later_is_found_and_changes_the_count();
  code_lies_in_its_library();
  return check::result();
}

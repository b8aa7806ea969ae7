// The variable that a function returns, in libraries as they are built.
#include "linux/owners/returned_variable.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <link.h>
#include <unistd.h>

#include <cstdlib>

#include "native/helpers/check.h"

namespace {

using governor::Elf;
using governor::linux_os::returned_variable;

Elf opened(const std::string& path) {
  const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  auto elf = Elf::open([file](uint64_t offset, void* to, size_t size) {
    return ::pread(file, to, size, static_cast<off_t>(offset)) == static_cast<ssize_t>(size);
  });
  CHECK(elf.has_value());
  return *elf;
}

void finds_libgomps() {
#if defined(__x86_64__)
  ::setenv("OMP_NUM_THREADS", "7", 1);
  void* gomp = ::dlopen("libgomp.so.1", RTLD_NOW);
  CHECK(gomp != nullptr);
  link_map* map = nullptr;
  CHECK_EQ(::dlinfo(gomp, RTLD_DI_LINKMAP, &map), 0);
  const auto address = returned_variable(opened(map->l_name), "omp_get_max_threads");
  CHECK(address.has_value());
  CHECK_EQ(*reinterpret_cast<int*>(map->l_addr + *address), 7);
#endif
}

void finds_none_if_there_is_none() {
  Dl_info info{};
  CHECK(::dladdr(reinterpret_cast<void*>(&::qsort), &info) != 0);
  const Elf libc = opened(info.dli_fname);
  CHECK(!returned_variable(libc, "no_such_function").has_value());
  CHECK(!returned_variable(libc, "environ").has_value());
  CHECK(!returned_variable(libc, "labs").has_value());
}

}  // namespace

int main() {
  finds_libgomps();
  finds_none_if_there_is_none();
  return check::result();
}

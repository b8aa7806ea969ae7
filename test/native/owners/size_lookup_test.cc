// Where libraries keep the sizes of their pools, as they are built.
#include "linux/owners/size_lookup.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <link.h>
#include <pthread.h>
#include <unistd.h>

#include <cstdlib>

#include "native/helpers/check.h"

namespace {

using governor::Elf;
using governor::linux_os::size_lookup;

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
  const auto address = size_lookup(opened(map->l_name), "omp_get_max_threads").variable;
  CHECK(address.has_value());
  CHECK_EQ(*reinterpret_cast<int*>(map->l_addr + address->address), 7);
#endif
}

void finds_what_threads_have_of_their_own() {
#if defined(__x86_64__)
  void* gomp = ::dlopen("libgomp.so.1", RTLD_NOW);
  link_map* map = nullptr;
  CHECK_EQ(::dlinfo(gomp, RTLD_DI_LINKMAP, &map), 0);
  const auto own = size_lookup(opened(map->l_name), "omp_get_max_threads").own;
  CHECK(own.has_value());
  reinterpret_cast<void (*)(int)>(::dlsym(gomp, "omp_set_num_threads"))(5);
  const auto distance = *reinterpret_cast<uint64_t*>(map->l_addr + own->slot);
  const auto task =
      *reinterpret_cast<uint64_t*>(reinterpret_cast<uint64_t>(::pthread_self()) + distance + own->pointer);
  CHECK_EQ(*reinterpret_cast<int*>(task + own->size), 5);
#endif
}

void finds_none_if_there_is_none() {
  Dl_info info{};
  CHECK(::dladdr(reinterpret_cast<void*>(&::qsort), &info) != 0);
  const Elf libc = opened(info.dli_fname);
  CHECK(!size_lookup(libc, "no_such_function").variable);
  CHECK(!size_lookup(libc, "environ").variable);
  CHECK(!size_lookup(libc, "labs").variable);
}

}  // namespace

int main() {
  finds_libgomps();
  finds_what_threads_have_of_their_own();
  finds_none_if_there_is_none();
  return check::result();
}

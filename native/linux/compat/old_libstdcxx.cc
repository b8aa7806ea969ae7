// What g++ 12 takes from a newer libstdc++ or libc than the oldest that we load on (GLIBCXX_3.4.21), kept in the addon.
#include <new>

namespace std {

// Called by inlined containers where a size overflows; libstdc++ has it since GLIBCXX_3.4.29.
[[noreturn]] __attribute__((visibility("hidden"))) void __throw_bad_array_new_length() { throw bad_alloc(); }

}  // namespace std

// Read by inlined shared_ptr, to count without locking where there is one thread alone; libc has it since 2.32.
extern "C" {
__attribute__((visibility("hidden"))) char __libc_single_threaded = 0;
}

#include "core/platform/machine.h"
#include "native/helpers/check.h"
#include "native/helpers/tree.h"

using governor::read_memory;

namespace {

constexpr int64_t kKiB = 1024;

governor::Memory memory_of(std::string_view meminfo) {
  Tree tree;
  tree.file("proc/meminfo", meminfo);
  return read_memory(tree.root());
}

void reads_meminfo() {
  const auto memory = memory_of(
      "MemTotal:       32653844 kB\n"
      "MemFree:         1000000 kB\n"
      "MemAvailable:   20000000 kB\n");
  CHECK_EQ(memory.total, 32653844 * kKiB);
  CHECK_EQ(memory.available, 20000000 * kKiB);
}

void adds_up_on_kernels_without_mem_available() {
  CHECK_EQ(memory_of("MemFree: 10 kB\nBuffers: 2 kB\nCached: 30 kB\nSwapCached: 7 kB\n").available, 42 * kKiB);
  CHECK_EQ(memory_of("MemTotal: 100 kB\nMemFree: 10 kB\nSwapCached: 7 kB\nCached: 30 kB\n").available, 40 * kKiB);
  CHECK_EQ(memory_of("MemTotal: 100 kB\nMemFree: 10 kB\n").available, 10 * kKiB);
  CHECK_EQ(memory_of("MemTotal: 100 kB\nBuffers: 2 kB\nCached: 30 kB\n").available, std::nullopt);
}

void finds_nothing_in_cut_or_damaged_text() {
  for (const char* text :
       {"", "\n", "MemTotal:", "MemTotal:\n", "MemTotal:       326538", "MemTotal:       32653844\n", "MemTotal: kB\n",
        "MemTotal: -5 kB\n", "MemTotal: 12 34 kB\n", "MemTotal: 1e3 kB\n", "MemTotal: 99999999999999999999 kB\n",
        "MemTotal: 9223372036854775807 kB\n", "memtotal: 5 kB\n", "xMemTotal: 5 kB\n"}) {
    const auto memory = memory_of(text);
    CHECK_EQ(memory.total, std::nullopt);
    CHECK_EQ(memory.available, std::nullopt);
  }
  CHECK_EQ(memory_of("NotMemTotal: 5 kB\nMemTotal: 6 kB\n").total, 6 * kKiB);
  CHECK_EQ(memory_of("MemTotal: 100 kB\nMemAvailable:   12").total, 100 * kKiB);
  CHECK_EQ(memory_of("MemTotal: 100 kB\nMemAvailable:   12").available, std::nullopt);
}

void needs_no_file() {
  Tree tree;
  CHECK_EQ(read_memory(tree.root()).total, std::nullopt);
  tree.directory("proc/meminfo");
  CHECK_EQ(read_memory(tree.root()).total, std::nullopt);
}

void reads_this_machine() {
  const auto memory = read_memory("");
  CHECK(memory.total.value_or(0) > 0);
  CHECK(memory.available.value_or(-1) >= 0);
  CHECK(memory.available.value_or(0) <= memory.total.value_or(0));
}

}  // namespace

int main() {
  reads_meminfo();
  adds_up_on_kernels_without_mem_available();
  finds_nothing_in_cut_or_damaged_text();
  needs_no_file();
  reads_this_machine();
  return check::result();
}

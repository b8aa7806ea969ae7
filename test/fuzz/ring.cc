// The ring of musl's thread descriptors, in memory that may say anything: the search ends, reads no more than its
// budget, and reports only descriptors that lie in that memory.
#include <sys/mman.h>
#include <unistd.h>

#include <cstring>

#include "fuzz/invariant.h"
#include "linux/owners/thread_descriptors.h"

using namespace governor::linux_os;

namespace {

constexpr size_t kSize = 8192;         // the longest input
constexpr uint16_t kPointer = 0xb0b0;  // a word that begins with it points into the memory
constexpr int kFirstTid = 1'000'000'000;

// This process, with one mapping.
struct Memory {
  Memory()
      : bytes(static_cast<char*>(::mmap(nullptr, kSize, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0))),
        process(TargetProcess::open(::getpid(), {}, budget)) {
    process.machine = Machine::kX86_64;
    process.mappings = {{start(), start() + kSize, true, true, false, false, 0, 0, 0, "", false}};
  }
  uint64_t start() const { return reinterpret_cast<uint64_t>(bytes); }

  void fill(const uint8_t* data, size_t size) {
    ::memset(bytes, 0, kSize);
    ::memcpy(bytes, data, std::min(size, kSize));
    for (size_t at = 0; at + sizeof(uint64_t) <= size; at += sizeof(uint64_t)) {
      uint64_t word;
      ::memcpy(&word, bytes + at, sizeof word);
      if (word >> 48 != kPointer) continue;
      word = start() + word % kSize;
      ::memcpy(bytes + at, &word, sizeof word);
    }
  }

  char* bytes;
  Budget budget{{.cpu_ms = 1000, .bytes = 1 << 20, .memory = 0}};
  TargetProcess process;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static Memory memory;
  memory.budget = Budget({.cpu_ms = 1000, .bytes = 1 << 20, .memory = 0});
  memory.fill(data, size);
  ElfFiles files(memory.budget);
  const AddressSpace space(memory.process, files);
  std::vector<Beginning> threads;
  for (int i = 0; i < 4; i++) threads.push_back({.tid = kFirstTid + i});
  add_musl_beginnings(memory.process, space, threads);
  for (const auto& thread : threads) {
    if (thread.state == Beginning::State::kNone) continue;
    INVARIANT(thread.descriptor >= memory.start() && thread.descriptor < memory.start() + kSize);
    INVARIANT(thread.state != Beginning::State::kFound || space.executable(thread.routine));
  }
  return 0;
}

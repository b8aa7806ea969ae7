#include <algorithm>
#include <array>
#include <cstring>
#include <unordered_map>

#include "linux/owners/thread_descriptors.h"

namespace governor::linux_os {
namespace {

using State = Beginning::State;

// struct pthread on x86_64: its own address, its table of thread-local storage, its neighbours in the ring; after one
// or two words of the stack protector the thread's number; and the stack it was given.
constexpr size_t kSelf = 0, kPrevious = 16, kNext = 24;
constexpr std::array<size_t, 2> kNumbers{48, 56};
constexpr size_t kStackBehindNumber = 40;
constexpr size_t kDescriptor = kNumbers.back() + kStackBehindNumber + 16;
constexpr uint64_t kArguments = 32;  // struct start_args, at the top of the stack: function, argument, …

constexpr uint64_t kSmallMapping = uint64_t{1} << 20;  // searched as a whole
constexpr uint64_t kTop = 16384;                       // bytes searched at the top of larger ones
constexpr uint64_t kMostSearched = uint64_t{64} << 20;
constexpr size_t kMostThreads = 65536;

class Descriptor {
 public:
  explicit Descriptor(const char* bytes) { ::memcpy(bytes_.data(), bytes, kDescriptor); }
  uint64_t word(size_t at) const { return at_as<uint64_t>(at); }
  int number(size_t at) const { return at_as<int32_t>(at); }

 private:
  template <typename T>
  T at_as(size_t at) const {
    T value;
    ::memcpy(&value, bytes_.data() + at, sizeof value);
    return value;
  }
  std::array<char, kDescriptor> bytes_;
};

class Ring {
 public:
  Ring(const TargetProcess& process, const std::vector<Beginning>& threads) : process_(process) {
    for (const auto& thread : threads) {
      const int number = process.own_number(thread.tid);
      if (number > 0 && thread.state != State::kGone) own_numbers_.emplace(number, thread.tid);
    }
  }

  // Finds one descriptor of the ring, anywhere in the process's own memory.
  bool find() {
    uint64_t searched = 0;
    for (const auto& mapping : process_.mappings) {
      if (!mapping.readable || !mapping.writable || mapping.shared || searched >= kMostSearched) continue;
      const uint64_t size = mapping.end - mapping.start;
      const uint64_t start = size <= kSmallMapping ? mapping.start : mapping.end - kTop;
      searched += mapping.end - start;
      if (find_between(start, mapping.end)) return true;
    }
    return false;
  }

  void walk(std::vector<Beginning>& threads, const AddressSpace& space) const {
    std::unordered_map<int, Beginning*> by_tid;
    for (auto& thread : threads) by_tid.emplace(thread.tid, &thread);
    uint64_t address = first_;
    for (size_t steps = 0; steps < kMostThreads; steps++) {
      const auto descriptor = read(address);
      if (!descriptor || descriptor->word(kSelf) != address) return;
      const auto tid = own_numbers_.find(descriptor->number(number_));
      if (tid != own_numbers_.end()) fill(*by_tid.at(tid->second), address, *descriptor, space);
      address = descriptor->word(kNext);
      if (address == first_) return;
    }
  }

 private:
  bool find_between(uint64_t start, uint64_t end) {
    std::vector<char> bytes(end - start);
    if (!process_.memory.read(start, bytes.data(), bytes.size())) return false;
    for (size_t at = 0; at + kDescriptor <= bytes.size(); at += sizeof(uint64_t)) {
      uint64_t self;
      ::memcpy(&self, &bytes[at], sizeof self);
      if (self == start + at && belongs(self, Descriptor(&bytes[at]))) return true;
    }
    return false;
  }

  // Its neighbours point to it, and it is one of the threads asked for.
  bool belongs(uint64_t address, const Descriptor& descriptor) {
    const auto next = read(descriptor.word(kNext)), previous = read(descriptor.word(kPrevious));
    if (!next || !previous || next->word(kPrevious) != address || previous->word(kNext) != address) return false;
    for (const size_t at : kNumbers) {
      if (!own_numbers_.contains(descriptor.number(at))) continue;
      first_ = address;
      number_ = at;
      return true;
    }
    return false;
  }

  std::optional<Descriptor> read(uint64_t address) const {
    char bytes[kDescriptor];
    if (!process_.memory.read(address, bytes, sizeof bytes)) return std::nullopt;
    return Descriptor(bytes);
  }

  void fill(Beginning& thread, uint64_t address, const Descriptor& descriptor, const AddressSpace& space) const {
    const uint64_t stack = descriptor.word(number_ + kStackBehindNumber);
    uint64_t started_with[2] = {0, 0};
    if (stack != 0) process_.memory.read((stack & ~uint64_t{7}) - kArguments, started_with, sizeof started_with);
    thread.descriptor = address;
    thread.state = State::kUnclear;
    if (thread.tid != process_.pid && !space.executable(started_with[0])) return;
    thread.state = State::kFound;
    thread.routine = started_with[0];
    thread.argument = started_with[1];
  }

  const TargetProcess& process_;
  std::unordered_map<int, int> own_numbers_;  // the process's own number of a thread, and ours
  uint64_t first_ = 0;
  size_t number_ = 0;
};

}  // namespace

void add_musl_beginnings(const TargetProcess& process, const AddressSpace& space, std::vector<Beginning>& threads) {
  const bool glibc =
      std::any_of(threads.begin(), threads.end(), [](const auto& thread) { return thread.state == State::kFound; });
  const bool asked = std::any_of(threads.begin(), threads.end(), [&](const auto& thread) {
    return thread.state == State::kNone && thread.tid != process.pid;
  });
  if (glibc || !asked || process.machine != Machine::kX86_64) return;
  Ring ring(process, threads);
  if (ring.find()) ring.walk(threads, space);
}

}  // namespace governor::linux_os

#include <errno.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <optional>

#include "linux/owners/descriptor_layout.h"
#include "linux/owners/thread_descriptors.h"

namespace governor::linux_os {
namespace {

using State = Beginning::State;

constexpr size_t kBatch = 1024;  // threads read at a time

// A thread with a list of robust mutexes, and the address of the list's head.
struct WithHead {
  Beginning* thread;
  uint64_t head;
};

// get_robust_list(2): null in a thread that is starting or ending, or that no C library created.
bool ask_head(int tid, uint64_t& head) {
  size_t size = 0;
  return ::syscall(SYS_get_robust_list, tid, &head, &size) == 0;
}

std::vector<WithHead> find_heads(const std::vector<Beginning*>& threads) {
  std::vector<WithHead> found;
  for (auto* thread : threads) {
    uint64_t head = 0;
    if (thread->tid <= 0) {  // 0 would mean us
      thread->state = State::kGone;
    } else if (!ask_head(thread->tid, head)) {
      thread->state = errno == ESRCH ? State::kGone : State::kDenied;
    } else {
      thread->state = head == 0 ? State::kNone : State::kUnclear;
      if (head != 0) found.push_back({thread, head});
    }
  }
  return found;
}

// Reads each descriptor from the thread's number to its argument; the number shows whose descriptor it is.
void read_descriptors(const TargetProcess& process, const DescriptorLayout& layout, const WithHead* threads,
                      size_t count) {
  const uint64_t routine = layout.routine - layout.tid;
  const size_t size = routine + 2 * sizeof(uint64_t);
  std::vector<char> bytes(count * size);
  std::vector<TargetMemory::Piece> pieces;
  pieces.reserve(count);
  for (size_t i = 0; i < count; i++) pieces.push_back({threads[i].head - kHeadBehindTid, &bytes[i * size], size});
  process.memory.read_all(pieces);
  for (size_t i = 0; i < count; i++) {
    auto& thread = *threads[i].thread;
    const char* at = &bytes[i * size];
    int32_t number = 0;
    ::memcpy(&number, at, sizeof number);
    if (!pieces[i].done || number <= 0 || number != process.own_number(thread.tid)) continue;
    thread.state = State::kFound;
    thread.descriptor = pieces[i].address - layout.tid;
    ::memcpy(&thread.routine, at + routine, sizeof thread.routine);
    ::memcpy(&thread.argument, at + routine + sizeof thread.routine, sizeof thread.argument);
  }
}

std::vector<uint64_t> heads_but_of_main(const TargetProcess& process, const std::vector<WithHead>& threads) {
  std::vector<uint64_t> heads;
  for (const auto& [thread, head] : threads) {
    if (thread->tid != process.pid) heads.push_back(head);
  }
  return heads;
}

}  // namespace

bool has_mutex_list(int tid) {
  uint64_t head = 0;
  return ask_head(tid, head) && head != 0;
}

std::vector<Beginning> glibc_beginnings(const TargetProcess& process, AddressSpace& space,
                                        const std::vector<int>& tids) {
  std::vector<Beginning> threads;
  threads.reserve(tids.size());
  for (const int tid : tids) threads.push_back({.tid = tid});
  std::optional<DescriptorLayout> layout = described_layout(process, space);
  std::vector<Beginning*> open;
  open.reserve(threads.size());
  for (auto& thread : threads) open.push_back(&thread);
  for (int looks = 0; looks < 2; looks++) {  // twice, for those that were starting or ending
    const auto found = find_heads(open);
    if (!layout) layout = guessed_layout(process, space, heads_but_of_main(process, found));
    for (size_t first = 0; layout && first < found.size(); first += kBatch) {
      read_descriptors(process, *layout, &found[first], std::min(kBatch, found.size() - first));
    }
    std::erase_if(open,
                  [](const auto* thread) { return thread->state != State::kNone && thread->state != State::kUnclear; });
  }
  return threads;
}

}  // namespace governor::linux_os

#include "linux/target/target_memory.h"

#include <errno.h>
#include <sys/uio.h>

#include <algorithm>

namespace governor::linux_os {
namespace {

constexpr size_t kMostPieces = 1024;        // IOV_MAX of the kernel
constexpr size_t kMostBytes = 1024u << 20;  // the kernel cuts a call at 2 GiB less a page

bool wraps(uint64_t address, size_t size) { return size > UINT64_MAX - address; }

}  // namespace

bool TargetMemory::read(uint64_t address, void* to, size_t size) const {
  if (wraps(address, size)) {
    errno = EFAULT;
    return false;
  }
  if (!budget_->spend(size)) return false;
  for (size_t done = 0; done < size;) {
    const size_t part = std::min(size - done, kMostBytes);
    iovec here{static_cast<char*>(to) + done, part};
    iovec there{reinterpret_cast<void*>(address + done), part};
    const ssize_t got = ::process_vm_readv(pid_, &here, 1, &there, 1, 0);
    if (got < 0) return false;
    if (static_cast<size_t>(got) < part) {
      errno = EFAULT;
      return false;
    }
    done += part;
  }
  return true;
}

std::optional<uint64_t> TargetMemory::read_word(uint64_t address) const {
  uint64_t word = 0;
  return read(address, &word, sizeof word) ? std::optional(word) : std::nullopt;
}

void TargetMemory::read_all(std::vector<Piece>& pieces) const {
  std::vector<iovec> here(kMostPieces), there(kMostPieces);
  std::vector<Piece*> batch(kMostPieces);
  for (auto piece = pieces.begin(); piece != pieces.end();) {
    size_t count = 0, bytes = 0;
    auto next = piece;
    for (; next != pieces.end() && count < kMostPieces && next->size <= kMostBytes - bytes; next++) {
      next->done = next->size == 0;
      if (next->done || wraps(next->address, next->size)) continue;
      here[count] = {next->to, next->size};
      there[count] = {reinterpret_cast<void*>(next->address), next->size};
      batch[count++] = &*next;
      bytes += next->size;
    }
    if (next == piece) {  // larger than a batch may be
      next->done = read(next->address, next->to, next->size);
      piece = next + 1;
      continue;
    }
    piece = next;
    if (!budget_->spend(bytes)) return;
    for (size_t first = 0; first < count;) {
      const ssize_t got = ::process_vm_readv(pid_, &here[first], count - first, &there[first], count - first, 0);
      if (got < 0 && errno != EFAULT) return;
      size_t left = got < 0 ? 0 : static_cast<size_t>(got);
      for (; first < count && left >= batch[first]->size; first++) {
        left -= batch[first]->size;
        batch[first]->done = true;
      }
      first++;  // the call stopped at it
    }
  }
}

}  // namespace governor::linux_os

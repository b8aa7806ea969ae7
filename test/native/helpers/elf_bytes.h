// An ELF file's bytes as core/elf/elf.h reads them.
#pragma once
#include <fcntl.h>
#include <unistd.h>

#include <cstring>
#include <memory>
#include <string>

#include "core/elf/elf.h"

inline governor::ReadAt bytes_of(std::shared_ptr<const std::string> bytes) {
  return [bytes](uint64_t offset, void* to, size_t size) {
    if (offset > bytes->size() || size > bytes->size() - offset) return false;
    memcpy(to, bytes->data() + offset, size);
    return true;
  };
}

inline governor::ReadAt bytes_of(std::string bytes) {
  return bytes_of(std::make_shared<const std::string>(std::move(bytes)));
}

inline std::string whole_file(const std::string& path) {
  std::string bytes;
  const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  char block[1 << 16];
  for (ssize_t got; file >= 0 && (got = ::read(file, block, sizeof block)) > 0;) {
    bytes.append(block, static_cast<size_t>(got));
  }
  if (file >= 0) ::close(file);
  return bytes;
}

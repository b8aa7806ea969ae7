// Facts about how a process was started, from its stack and from files that its command line names.
#include <fcntl.h>
#include <sys/stat.h>

#include <array>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "core/json.h"
#include "linux/procfs/paths.h"
#include "linux/target/reader_process.h"
#include "linux/target/target_files.h"
#include "linux/target/target_memory.h"

namespace governor {
namespace {

using linux_os::Budget;
using linux_os::Links;
using linux_os::TargetBytes;
using linux_os::TargetFile;
using linux_os::TargetMemory;

constexpr size_t kHead = 32768;  // HEAD_BYTES in lib/core/processes/scripts.ts
constexpr size_t kMostPaths = 4096;

// The stack begins with the number of words and pointers to them, as the kernel has put them there (execve(2)).
std::optional<std::vector<uint64_t>> words_of(const StackPlace& stack, Budget& budget) {
  if (stack.address == 0) return std::nullopt;
  const TargetMemory memory(stack.pid, budget);
  const auto first = memory.read_word(stack.address);
  if (!first) return std::nullopt;
  const bool wide = *first >> 32 == 0;  // a program of 32 bits has its first pointer there
  const size_t count = *first & UINT32_MAX;
  if (count > stack.most) return std::vector<uint64_t>();
  std::vector<uint64_t> words(count);
  if (wide) {
    if (!memory.read(stack.address + sizeof(uint64_t), words.data(), count * sizeof(uint64_t))) return std::nullopt;
    return words;
  }
  std::vector<uint32_t> narrow(count);
  if (!memory.read(stack.address + sizeof(uint32_t), narrow.data(), count * sizeof(uint32_t))) return std::nullopt;
  return std::vector<uint64_t>(narrow.begin(), narrow.end());
}

// Whether the process has another root directory than we; null if that is unknown.
const char* contained(int pid) {
  const auto identity = [](const std::string& path) {
    struct statx found {};
    const bool known = ::statx(AT_FDCWD, path.c_str(), 0, STATX_INO, &found) == 0;
    return known ? std::optional(std::tuple(found.stx_dev_major, found.stx_dev_minor, found.stx_ino)) : std::nullopt;
  };
  const auto theirs = identity(linux_os::process_path(pid) + "/root"), ours = identity("/");
  return !theirs || !ours ? "null" : *theirs == *ours ? "false" : "true";
}

std::string place_of(const StackPlace& stack, Budget& budget) {
  std::string out;
  {
    json::Object place(out);
    place.begin("contained") += contained(stack.pid);
    auto& to = place.begin("words");
    const auto words = words_of(stack, budget);
    if (words) {
      json::append(to, *words);
    } else {
      to += "null";
    }
  }
  return out;
}

// Bytes as JSON text of characters up to U+00FF.
std::string latin1(const std::string& bytes) {
  std::string text;
  for (const char byte : bytes) {
    const auto value = static_cast<unsigned char>(byte);
    if (value >= 0x80) text += static_cast<char>(0xc0 | value >> 6);
    text += value >= 0x80 ? static_cast<char>(0x80 | (value & 0x3f)) : byte;
  }
  return text;
}

std::string head_of(const TargetFile& file, Budget& budget) {
  const TargetBytes bytes(file.open(), budget);
  std::array<char, 2> mark{};
  if (!bytes.opened() || !bytes.read(0, mark.data(), mark.size()) || mark != std::array{'#', '!'}) return {};
  std::string head(kHead, '\0');
  head.resize(bytes.read_some(0, head.data(), head.size()));
  return head;
}

std::string fact_of(const std::string& path, bool follow_links, Budget& budget) {
  const auto file = TargetFile::find("/", path, Links::kFollowed);
  const bool exists = file || errno == EINVAL;
  const bool program = file && file->may_execute();
  const auto direct = program && !follow_links ? TargetFile::find("/", path, Links::kRefused) : std::nullopt;
  const auto* readable = !program ? nullptr : follow_links ? &*file : direct ? &*direct : nullptr;
  std::string out;
  json::Object(out)
      .with("exists", exists)
      .with("program", program)
      .with("file",
            file ? std::to_string(file->device()) + ":" + std::to_string(file->status().stx_ino) : std::string())
      .with("head", readable ? latin1(head_of(*readable, budget)) : std::string());
  return out;
}

}  // namespace

namespace linux_os {

void write_facts(int output, const ReadRequest& request) {
  Budget budget(request.limits);
  if (request.stack.pid > 0) write_line(output, place_of(request.stack, budget));
  for (size_t i = 0; i < request.paths.size() && i < kMostPaths; i++) {
    write_line(output, fact_of(request.paths[i], request.follow_links, budget));
  }
}

}  // namespace linux_os
}  // namespace governor

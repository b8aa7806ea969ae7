#include "linux/target/target_process.h"

#include <elf.h>
#include <errno.h>
#include <string.h>

#include <optional>

#include "linux/procfs/files.h"
#include "linux/procfs/lines.h"
#include "linux/procfs/paths.h"

namespace governor::linux_os {
namespace {

constexpr size_t kMaps = size_t{64} << 20;
constexpr size_t kThreadsTried = 64;  // to find one that still lives

// Empty for a zombie, for which newer kernels report ESRCH.
std::optional<std::string> maps_of(const std::string& directory) {
  auto text = read_file(directory + "/maps", kMaps);
  return text || errno != ESRCH ? text : std::string();
}

std::optional<int> last_number(std::string_view text) {
  const auto blank = text.find_last_of(" \t");
  const auto value = number(blank == std::string_view::npos ? text : text.substr(blank + 1));
  return value ? std::optional(static_cast<int>(*value)) : std::nullopt;
}

Machine machine_of(const std::string& directory) {
  const auto header = read_file(directory + "/exe", sizeof(Elf64_Ehdr));
  if (!header || header->size() < sizeof(Elf64_Ehdr)) return Machine::kOther;
  Elf64_Ehdr elf;
  ::memcpy(&elf, header->data(), sizeof elf);
  if (elf.e_ident[EI_CLASS] != ELFCLASS64) return Machine::kOther;
  if (elf.e_machine == EM_X86_64) return Machine::kX86_64;
  return elf.e_machine == EM_AARCH64 ? Machine::kArm64 : Machine::kOther;
}

uint64_t entry_of(const std::string& directory) {
  const auto text = read_file(directory + "/auxv");
  for (size_t at = 0; text && at + sizeof(Elf64_auxv_t) <= text->size(); at += sizeof(Elf64_auxv_t)) {
    Elf64_auxv_t entry;
    ::memcpy(&entry, text->data() + at, sizeof entry);
    if (entry.a_type == AT_ENTRY) return entry.a_un.a_val;
  }
  return 0;
}

// The errno if the kernel, or a filter of system calls, refuses to read its memory; else 0.
int refusal(const TargetMemory& memory, const std::vector<Mapping>& mappings) {
  for (const auto& mapping : mappings) {
    char byte;
    if (!mapping.readable || mapping.shared) continue;
    if (memory.read(mapping.start, &byte, 1)) return 0;
    if (errno == EPERM || errno == EACCES || errno == ENOSYS) return errno;
    if (errno == ESRCH) return 0;
  }
  return 0;
}

}  // namespace

TargetProcess TargetProcess::open(int pid, const std::vector<int>& tids, Budget& budget) {
  TargetProcess process(pid, process_path(pid), pid, budget);
  auto maps = maps_of(process.directory);
  for (size_t i = 0; maps && maps->empty() && i < tids.size() && i < kThreadsTried; i++) {
    const std::string directory = thread_path(pid, tids[i]);
    auto of_thread = maps_of(directory);
    if (!of_thread || of_thread->empty()) continue;
    process = TargetProcess(pid, directory, tids[i], budget);
    maps = std::move(of_thread);
  }
  if (!maps) {
    process.gone = errno == ENOENT;
    process.denied = process.gone ? 0 : errno;
    return process;
  }
  process.mappings = parse_maps(*maps);
  process.machine = machine_of(process.directory);
  process.entry = entry_of(process.directory);
  process.denied = refusal(process.memory, process.mappings);
  const auto status = read_file(process.directory + "/status");
  const auto numbers = line_behind(status, "\nNSpid:");
  process.other_namespace_ = numbers && numbers->find_first_of(" \t") != std::string_view::npos;
  return process;
}

int TargetProcess::own_number(int tid) const {
  if (!other_namespace_) return tid;
  const auto status = read_file(thread_path(pid, tid) + "/status");
  const auto numbers = line_behind(status, "\nNSpid:");
  return numbers ? last_number(*numbers).value_or(0) : 0;
}

}  // namespace governor::linux_os

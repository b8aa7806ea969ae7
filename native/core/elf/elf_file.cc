#include "core/elf/elf_file.h"

#include <algorithm>
#include <cstring>

namespace governor::elf {
namespace {

constexpr char kMagic[] = {0x7f, 'E', 'L', 'F', 2 /* 64 bits */, 1 /* little-endian */, 1 /* version */};
enum FileType : uint16_t { kProgram = 2, kSharedObject = 3 };
constexpr uint16_t kMostSegments = 256;
constexpr uint64_t kMostSections = 1 << 16;
constexpr uint16_t kNumberElsewhere = 0xffff;  // SHN_XINDEX: the number is in section 0

bool reaches_beyond(uint64_t offset, uint64_t size) { return size > UINT64_MAX - offset; }

}  // namespace

std::optional<File> File::open(ReadAt read) {
  File file(std::move(read));
  Header& header = file.header_;
  if (!file.read(0, &header, sizeof header)) return std::nullopt;
  if (std::memcmp(header.identification, kMagic, sizeof kMagic) != 0) return std::nullopt;
  if (header.type != kProgram && header.type != kSharedObject) return std::nullopt;
  if (header.segment_size != sizeof(Segment) || header.segment_count > kMostSegments) return std::nullopt;
  file.segments_.resize(header.segment_count);
  if (!file.read(header.segments, file.segments_.data(), file.segments_.size() * sizeof(Segment))) return std::nullopt;
  file.read_sections();
  return file;
}

// A file may have no sections; if their table is damaged, we treat it as having none.
void File::read_sections() {
  if (header_.sections == 0 || header_.section_size != sizeof(Section)) return;
  const auto first = read<Section>(header_.sections);
  if (!first) return;
  const uint64_t count = header_.section_count != 0 ? header_.section_count : first->size;
  if (count > kMostSections || !extent(header_.sections, count * sizeof(Section))) return;
  sections_.resize(count);
  if (!read(header_.sections, sections_.data(), count * sizeof(Section))) sections_.clear();
}

bool File::read(uint64_t offset, void* to, size_t size) const {
  return size == 0 || (!reaches_beyond(offset, size) && read_(offset, to, size));
}

std::optional<Extent> File::extent(uint64_t offset, uint64_t size) const {
  if (size == 0 || size > kLargestTable || reaches_beyond(offset, size)) return std::nullopt;
  if (!read<char>(offset + size - 1)) return std::nullopt;
  return Extent{offset, size};
}

std::string File::text(const Extent& table, uint64_t offset, size_t longest) const {
  std::string text;
  if (offset >= table.size) return text;
  const uint64_t most = std::min<uint64_t>(table.size - offset, longest);
  char block[256];
  while (text.size() < most) {
    const size_t size = std::min<uint64_t>(most - text.size(), sizeof block);
    if (!read(table.offset + offset + text.size(), block, size)) break;
    char* end = std::find(block, block + size, '\0');
    text.append(block, end);
    if (end != block + size) break;
  }
  return text;
}

bool File::is_text(const Extent& table, uint64_t offset, std::string_view text) const {
  return this->text(table, offset, text.size() + 1) == text;
}

std::optional<Extent> File::at_address(uint64_t address) const {
  for (const auto& segment : segments_) {
    if (segment.type != kLoad || address < segment.address) continue;
    const uint64_t inside = address - segment.address;
    if (inside >= segment.file_size || reaches_beyond(segment.offset, segment.file_size)) continue;
    return Extent{segment.offset + inside, segment.file_size - inside};
  }
  return std::nullopt;
}

bool File::loaded(uint64_t address, uint32_t permission) const {
  return std::any_of(segments_.begin(), segments_.end(), [&](const Segment& segment) {
    return segment.type == kLoad && address >= segment.address && address - segment.address < segment.memory_size &&
           (segment.flags & permission) == permission;
  });
}

std::optional<Extent> File::section_names() const {
  if (sections_.empty()) return std::nullopt;
  const uint32_t index = header_.section_names == kNumberElsewhere ? sections_[0].link : header_.section_names;
  if (index >= sections_.size() || sections_[index].type != kStrings) return std::nullopt;
  return extent(sections_[index].offset, sections_[index].size);
}

}  // namespace governor::elf

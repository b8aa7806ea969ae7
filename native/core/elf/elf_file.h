// An ELF file's headers and bytes, for core/elf/elf.h: gABI 4, "ELF Header", "Sections", "Program Header".
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/elf/elf.h"

namespace governor::elf {

constexpr uint64_t kLargestTable = 256u << 20;  // bytes; a larger one is refused
constexpr size_t kLongestName = 4096;           // a longer one is cut

struct Header {
  unsigned char identification[16];
  uint16_t type, machine;
  uint32_t version;
  uint64_t entry, segments, sections;  // the latter two: offsets in the file
  uint32_t flags;
  uint16_t size, segment_size, segment_count, section_size, section_count, section_names;
};

struct Segment {
  uint32_t type, flags;
  uint64_t offset, address, physical, file_size, memory_size, alignment;
};

struct Section {
  uint32_t name, type;
  uint64_t flags, address, offset, size;
  uint32_t link, info;
  uint64_t alignment, entry_size;
};

static_assert(sizeof(Header) == 64 && sizeof(Segment) == 56 && sizeof(Section) == 64);

enum SegmentType : uint32_t { kLoad = 1, kDynamic = 2, kInterpreter = 3 };
enum SectionType : uint32_t { kSymbols = 2, kStrings = 3, kNoBits = 8, kDynamicSymbols = 11 };
constexpr uint32_t kExecute = 1;

// Bytes that the file is known to have.
struct Extent {
  uint64_t offset, size;
};

class File {
 public:
  static std::optional<File> open(ReadAt read);

  bool read(uint64_t offset, void* to, size_t size) const;
  template <typename T>
  std::optional<T> read(uint64_t offset) const {
    T value;
    return read(offset, &value, sizeof value) ? std::optional(value) : std::nullopt;
  }
  // nullopt if the file is shorter, or the extent larger than any table we read.
  std::optional<Extent> extent(uint64_t offset, uint64_t size) const;
  // The NUL-terminated text at an offset of a table, cut at the table's end.
  std::string text(const Extent& table, uint64_t offset, size_t longest = kLongestName) const;
  bool is_text(const Extent& table, uint64_t offset, std::string_view text) const;

  // The file's bytes from an address to the end of its segment.
  std::optional<Extent> at_address(uint64_t address) const;
  bool loaded(uint64_t address, uint32_t permission) const;

  const Header& header() const { return header_; }
  const std::vector<Segment>& segments() const { return segments_; }
  const std::vector<Section>& sections() const { return sections_; }
  // The table of section names.
  std::optional<Extent> section_names() const;

 private:
  explicit File(ReadAt read) : read_(std::move(read)) {}
  void read_sections();

  ReadAt read_;
  Header header_{};
  std::vector<Segment> segments_;
  std::vector<Section> sections_;
};

}  // namespace governor::elf

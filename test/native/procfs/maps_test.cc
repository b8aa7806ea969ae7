#include "linux/procfs/maps.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "linux/procfs/files.h"
#include "native/helpers/check.h"
#include "native/helpers/tree.h"

using namespace governor::linux_os;

namespace {

std::vector<Mapping> own() { return parse_maps(read_file("/proc/self/maps", kLargeFile).value()); }

uint64_t address_of(const void* pointer) { return reinterpret_cast<uint64_t>(pointer); }

// A file of that name with a page of it in our memory, while this lives.
class MappedFile {
 public:
  explicit MappedFile(const std::string& name) {
    tree_.file(name, std::string(8192, 'x'));
    path = tree_.root() + "/" + name;
    const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    CHECK(::fstat(file, &status) == 0);
    page = ::mmap(nullptr, 4096, PROT_READ, MAP_SHARED, file, 4096);
    CHECK(page != MAP_FAILED);
    ::close(file);
  }
  ~MappedFile() { ::munmap(page, 4096); }
  MappedFile(const MappedFile&) = delete;

  std::string path;
  struct stat status {};
  void* page;

 private:
  Tree tree_;
};

void check_found(const MappedFile& file, bool deleted) {
  const auto mappings = own();
  const auto* mapping = mapping_of(mappings, address_of(file.page) + 4095);
  CHECK(mapping != nullptr);
  if (!mapping) return;
  CHECK_EQ(mapping->path, file.path);
  CHECK_EQ(mapping->deleted, deleted);
  CHECK_EQ(mapping->start, address_of(file.page));
  CHECK_EQ(mapping->end, address_of(file.page) + 4096);
  CHECK_EQ(mapping->offset, uint64_t{4096});
  CHECK_EQ(mapping->inode, uint64_t{file.status.st_ino});
  CHECK(mapping->readable && mapping->shared && !mapping->writable && !mapping->executable);
}

void finds_mapped_files_of_any_name() {
  for (const char* name :
       {"plain", "with blanks  and (brackets)", "two\nlines\n", "back\\slash", "back\\134slash", "\\", "  "}) {
    const MappedFile file(name);
    check_found(file, false);
    CHECK_EQ(::unlink(file.path.c_str()), 0);
    check_found(file, true);
  }
}

void reads_this_process() {
  const auto mappings = own();
  const int on_stack = 0;
  const auto* stack = mapping_of(mappings, address_of(&on_stack));
  CHECK(stack && stack->path == "[stack]" && stack->inode == 0 && stack->writable && !stack->deleted);
  const auto* code = mapping_of(mappings, reinterpret_cast<uint64_t>(&own));
  CHECK(code && code->executable && code->path.ends_with("maps_test"));
  CHECK(mapping_of(mappings, 0) == nullptr);
  CHECK(mapping_of({}, 4096) == nullptr);
  for (size_t i = 1; i < mappings.size(); i++) CHECK(mappings[i - 1].end <= mappings[i].start);
}

void reads_every_field() {
  const auto mappings = parse_maps(
      "00400000-00452000 r-xp 00001000 fd:1f 173521      /usr/bin/db us (deleted)\n"
      "00452000-00453000 ---s 00000000 00:00 0 \n"
      "00453000-00454000 rw-p 00000000 00:00 0\n"
      "00454000-00455000 rw-p 00000000 00:00 0      [anon:a (deleted)]\n"
      "ffffffffff600000-ffffffffffffffff --xp 00000000 00:00 0                  [vsyscall]\n");
  CHECK_EQ(mappings.size(), size_t{5});
  CHECK(mappings[0].readable && !mappings[0].writable && mappings[0].executable && !mappings[0].shared);
  CHECK_EQ(mappings[0].device, uint64_t{0xfd} << 32 | 0x1f);
  CHECK_EQ(mappings[0].offset, uint64_t{0x1000});
  CHECK_EQ(mappings[0].inode, uint64_t{173521});
  CHECK_EQ(mappings[0].path, "/usr/bin/db us");
  CHECK(mappings[0].deleted && mappings[1].shared && mappings[1].path.empty() && mappings[2].path.empty());
  CHECK_EQ(mappings[3].path, "[anon:a (deleted)]");
  CHECK(!mappings[3].deleted);
  CHECK(mapping_of(mappings, 0x451fff) == &mappings[0] && mapping_of(mappings, 0x452000) == &mappings[1]);
  CHECK(mapping_of(mappings, 0x3fffff) == nullptr && mapping_of(mappings, 0x455000) == nullptr);
  CHECK(mapping_of(mappings, UINT64_MAX - 1) == &mappings[4] && mapping_of(mappings, UINT64_MAX) == nullptr);
}

void leaves_out_what_is_no_mapping() {
  const std::string good = "00400000-00452000 r-xp 00000000 fd:00 1 /a\n";
  for (const char* line :
       {"", "\n", "garbage\n", "00300000-00200000 r-xp 00000000 fd:00 1 /end-before-start\n",
        "00300000-00300000 r-xp 00000000 fd:00 1 /nothing\n",
        "10000000000000000-20000000000000000 r-xp 00000000 fd:00 1 /too-large\n",
        "00300000-00310000 r-xp 00000000 fd:00 99999999999999999999 /inode-too-large\n",
        "00300000-00310000 rwx 00000000 fd:00 1 /a\n", "00300000-00310000 xwrp 00000000 fd:00 1 /a\n",
        "00300000-00310000 r-xq 00000000 fd:00 1 /a\n", "-00300000-00310000 r-xp 00000000 fd:00 1 /a\n",
        "00300000 00310000 r-xp 00000000 fd:00 1 /a\n", "00300000-00310000 r-xp 00000000 fd00 1 /a\n",
        "00300000-00310000 r-xp 00000000 1ffffffff:00 1 /a\n", "00300000-00310000 r-xp 00000000 fd:00 1x /a\n",
        "00300000-00310000 r-xp 00000000 fd:00 \n", "00300000-00310000\n"}) {
    const auto mappings = parse_maps(line + good);
    CHECK_EQ(mappings.size(), size_t{1});
    CHECK_EQ(mappings.at(0).path, "/a");
  }
  CHECK_EQ(parse_maps(good + "00451000-00453000 r-xp 00000000 fd:00 1 /overlaps\n").size(), size_t{1});
  CHECK_EQ(parse_maps(good + "00100000-00200000 r-xp 00000000 fd:00 1 /earlier\n").size(), size_t{1});
  CHECK_EQ(parse_maps(good + "00452000-00453000 r-xp 00000000 fd:00 1 /cut-of").size(), size_t{1});
}

void reads_a_hundred_thousand_mappings() {
  std::string text;
  char line[128];
  for (unsigned i = 0; i < 100000; i++) {
    snprintf(line, sizeof line, "%x-%x rw-p 00000000 fd:00 %u   /a/library/with\\012a/long/name.so.%u\n",
             0x10000 + i * 8192, 0x10000 + i * 8192 + 4096, i, i);
    text += line;
  }
  const auto mappings = parse_maps(text);
  CHECK_EQ(mappings.size(), size_t{100000});
  CHECK_EQ(mappings.back().path, "/a/library/with\na/long/name.so.99999");
  for (unsigned i = 0; i < 100000; i += 9973) {
    CHECK(mapping_of(mappings, 0x10000 + i * 8192 + 4095) == &mappings[i]);
    CHECK(mapping_of(mappings, 0x10000 + i * 8192 + 4096) == nullptr);
  }
}

}  // namespace

int main() {
  finds_mapped_files_of_any_name();
  reads_this_process();
  reads_every_field();
  leaves_out_what_is_no_mapping();
  reads_a_hundred_thousand_mappings();
  return check::result();
}

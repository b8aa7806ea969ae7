// Every parser, fed with valid texts that chance has damaged. The same texts in every run:
//   mutation_test [ROUNDS [SEED]]
#include <stdlib.h>

#include <algorithm>
#include <random>

#include "core/cpuset.h"
#include "core/elf/elf.h"
#include "linux/machine/cgroup.h"
#include "linux/machine/pci.h"
#include "linux/procfs/files.h"
#include "linux/procfs/maps.h"
#include "linux/procfs/stat_line.h"
#include "native/helpers/check.h"
#include "native/helpers/elf_bytes.h"
#include "native/helpers/small_elf.h"

using governor::Cpuset;
using namespace governor::linux_os;
using Texts = std::vector<std::string>;

namespace {

class Mutator {
 public:
  explicit Mutator(unsigned seed) : random_(seed) {}

  size_t below(size_t end) { return random_() % end; }

  std::string damaged(const Texts& valid, std::string_view alphabet) {
    std::string text = valid[below(valid.size())];
    for (size_t changes = 1 + below(6); changes > 0; changes--) change(text, valid, alphabet);
    if (text.size() > 4096) text.resize(4096);
    return text;
  }

 private:
  char any(std::string_view alphabet) {
    return below(8) == 0 ? static_cast<char>(below(256)) : alphabet[below(alphabet.size())];
  }

  void change(std::string& text, const Texts& valid, std::string_view alphabet) {
    const size_t at = below(text.size() + 1);
    const size_t length = below(std::min<size_t>(text.size() - at, 12) + 1);
    switch (below(8)) {
      case 0: text.insert(at, 1, any(alphabet)); break;
      case 1:
        if (at < text.size()) text[at] = any(alphabet);
        break;
      case 2: text.erase(at, length); break;
      case 3: text.resize(at); break;  // cut
      case 4: text.insert(below(text.size() + 1), text.substr(at, length)); break;
      case 5: text += valid[below(valid.size())]; break;
      case 6: text.insert(at, numbers_[below(std::size(numbers_))]); break;
      case 7: text.insert(at, below(64), any(alphabet)); break;
    }
  }

  static constexpr const char* numbers_[] = {
      "0", "-1", "1048575", "1048576", "4294967295", "4294967296", "9223372036854775807", "99999999999999999999", "00"};
  std::mt19937 random_;
};

void check_set(const std::optional<Cpuset>& set) {
  if (!set) return;
  const auto cpus = set->cpus();
  CHECK(cpus.empty() || cpus.back() <= Cpuset::kLargest);
  CHECK(std::is_sorted(cpus.begin(), cpus.end()));
  CHECK_EQ(set->empty(), cpus.empty());
  CHECK(set->words().empty() || set->words().back() != 0);
}

void check_mounts(const std::vector<CgroupMount>& mounts) {
  for (const auto& mount : mounts) {
    CHECK(mount.version == 1 || mount.version == 2);
    CHECK(mount.version == 1 || mount.controllers.empty());
  }
}

void check_directories(const CgroupMount& mount, const std::string& path) {
  const auto directories = group_directories(mount, path);
  CHECK(!directories.empty() && directories.back() == mount.point);
  for (size_t i = 0; i < directories.size(); i++) {
    CHECK(directories[i].starts_with(mount.point));
    CHECK((directories[i].substr(mount.point.size()) + "/").find("/../") == std::string::npos);
    if (i > 0) CHECK(directories[i - 1].starts_with(directories[i] + "/"));
  }
}

void lists(Mutator& mutator, int rounds) {
  const Texts valid = {"0", "0-3,8\n", "0-63,128-191\n", "0-255:2/4,300", "0-1048575:1/1", "0-7:2", "1023-1025", ""};
  for (int i = 0; i < rounds; i++) check_set(Cpuset::from_list(mutator.damaged(valid, "0123456789,-:/ \n")));
}

void masks(Mutator& mutator, int rounds) {
  const Texts valid = {"ff", "0x5", "ffffffff,ffffffff\n", "1,00000000,00000000\n", "0", "80000000,00000000,00000001"};
  for (int i = 0; i < rounds; i++) check_set(Cpuset::from_mask(mutator.damaged(valid, "0123456789abcdefxF, \n")));
}

void mountinfo(Mutator& mutator, int rounds) {
  const Texts valid = {"30 22 0:26 / /sys/fs/cgroup rw,nosuid shared:9 - cgroup2 cgroup2 rw,nsdelegate\n",
                       "32 31 0:29 /docker/0123 /sys/fs/cgroup/cpu,cpuacct rw - cgroup cgroup rw,cpu,cpuacct\n",
                       "31 22 0:27 /a\\134b /my\\040groups - cpuset none rw,noprefix\n",
                       "22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw\n"};
  for (int i = 0; i < rounds; i++) {
    const auto mounts = parse_mountinfo(mutator.damaged(valid, "0123456789/ -\\,:\ncgroup"));
    check_mounts(mounts);
    for (const auto& mount : mounts) check_directories(mount, "/docker/0123/a");
  }
}

void mounts(Mutator& mutator, int rounds) {
  const Texts valid = {"cgroup /sys/fs/cgroup/cpu,cpuacct cgroup rw,nosuid,cpu,cpuacct 0 0\n",
                       "none /dev/cpu\\040set cpuset rw,noprefix 0 0\n", "cgroup2 /sys/fs/cgroup cgroup2 rw 0 0\n"};
  for (int i = 0; i < rounds; i++) check_mounts(parse_mounts(mutator.damaged(valid, "0123456789/ \\,\ncgroup")));
}

void memberships(Mutator& mutator, int rounds) {
  const Texts valid = {"12:cpu,cpuacct:/user.slice\n",
                       "1:name=systemd:/a:b\n",
                       "0::/user.slice/session 1.scope\n",
                       "3:cpuset:/\n",
                       "0::/../../other\n",
                       "0::/a/b/c/d/e/f (deleted)\n"};
  const Texts roots = {"/", "/user.slice", "/..", "", "/a/b"};
  for (int i = 0; i < rounds; i++) {
    for (const auto& member : parse_cgroup(mutator.damaged(valid, "0123456789:,/.\ncpu"))) {
      CHECK(member.path.starts_with('/'));
      for (const auto& name : member.controllers) CHECK(!name.empty());
      const auto& root = roots[mutator.below(roots.size())];
      check_directories({.version = 2, .controllers = {}, .root = root, .point = "/cg"}, member.path);
    }
  }
}

void stats(Mutator& mutator, int rounds) {
  const std::string rest =
      "S 41 42 43 34816 44 4194304 1 2 3 4 500 60 7 8 20 0 9 0 123456789 1000 100 18446744073709551615 1\n";
  const Texts valid = {"42 (cat) " + rest, "7 (a) R (b) " + rest, "1 () " + rest, "9 (two\nlines) " + rest};
  for (int i = 0; i < rounds; i++) {
    const std::string text = mutator.damaged(valid, "0123456789() -\nSRZ");
    const auto stat = parse_stat(text);
    if (!stat) continue;
    CHECK(text.find("(" + stat->comm + ")") != std::string::npos);
    CHECK(stat->state != ' ' && stat->state != '\n');
  }
}

void pci(Mutator& mutator, int rounds) {
  const Texts numbers = {"0x10de\n", "0x030200\n", "0xffffffff"}, addresses = {"0000:3b:00.0", "10000:e1:1f.7"};
  for (int i = 0; i < rounds; i++) {
    const std::string number = mutator.damaged(numbers, "0123456789abcdefxX-\n ");
    if (hexadecimal(number)) CHECK(number.find("0x") != std::string::npos);
    const std::string address = mutator.damaged(addresses, "0123456789abcdef:./");
    if (is_pci_address(address)) {
      CHECK(address.size() >= 12 && address.size() <= 16 && address.find('/') == std::string::npos);
    }
  }
}

void maps(Mutator& mutator, int rounds) {
  const Texts valid = {"00400000-00452000 r-xp 00001000 fd:1f 173521      /usr/bin/a\\012b (deleted)\n",
                       "00452000-00453000 ---s 00000000 00:00 0 \n",
                       "ffffffffff600000-ffffffffff601000 --xp 0 00:00 0  [vsyscall]\n"};
  for (int i = 0; i < rounds; i++) {
    const auto mappings = parse_maps(mutator.damaged(valid, "0123456789abcdef-rwxp :/\n"));
    for (size_t j = 0; j < mappings.size(); j++) {
      CHECK(mappings[j].start < mappings[j].end && (j == 0 || mappings[j - 1].end <= mappings[j].start));
      CHECK(mapping_of(mappings, mappings[j].end - 1) == &mappings[j]);
    }
  }
}

std::string damaged_elf(Mutator& mutator) {
  using enum governor::elf::SymbolType;
  SmallElf made;
  made.dynamic = {{"function", SmallElf::kCode, 16, kFunction}, {"variable", SmallElf::kData, 8, kObject}};
  made.full = {{"$x", SmallElf::kCode, 0, kNone, governor::elf::Binding::kLocal},
               {"local", SmallElf::kCode + 32, 8, kFunction}};
  made.gnu_hash = mutator.below(4) != 0;
  made.old_hash = mutator.below(2) != 0;
  made.sections = mutator.below(2) != 0;
  std::string bytes = made.bytes();
  constexpr uint64_t values[] = {0,          1,          2,          0xff,       0xffff,     0x10000,
                                 0x7fffffff, 0xffffffff, 1ull << 40, 1ull << 63, UINT64_MAX, UINT64_MAX - 63};
  for (size_t changes = 1 + mutator.below(6); changes > 0; changes--) {
    const size_t size = size_t{1} << mutator.below(4);
    const size_t at = mutator.below(bytes.size() / size) * size;
    const uint64_t value =
        mutator.below(3) == 0 ? mutator.below(bytes.size()) : values[mutator.below(std::size(values))];
    memcpy(bytes.data() + at, &value, size);
  }
  if (mutator.below(8) == 0) bytes.resize(mutator.below(bytes.size()));
  return bytes;
}

void elf_files(Mutator& mutator, int rounds) {
  for (int i = 0; i < rounds; i++) {
    const auto elf = governor::Elf::open(bytes_of(damaged_elf(mutator)));
    if (!elf) continue;
    for (const char* name : {"function", "variable", "local", "missing"}) {
      const auto symbol = elf->find(name);
      CHECK(!symbol || symbol->name == name);
    }
    for (const uint64_t address :
         {uint64_t{0}, SmallElf::kCode + 4, SmallElf::kCode + 20, SmallElf::kData, elf->entry(), UINT64_MAX}) {
      const auto named = elf->name(address);
      CHECK(named.symbol.empty() || (named.before.empty() && named.after.empty()));
    }
    for (const auto& variable : elf->variables_like("a")) {
      CHECK(variable.name.find('a') != std::string::npos && !variable.function);
    }
    CHECK(!elf->has_section("missing"));
  }
}

}  // namespace

int main(int count, char** arguments) {
  const int rounds = count > 1 ? atoi(arguments[1]) : 10000;
  Mutator mutator(count > 2 ? static_cast<unsigned>(atoi(arguments[2])) : 1);
  lists(mutator, rounds / 4);  // one of a million CPUs takes its time
  masks(mutator, rounds);
  mountinfo(mutator, rounds);
  mounts(mutator, rounds);
  memberships(mutator, rounds);
  stats(mutator, rounds);
  pci(mutator, rounds);
  maps(mutator, rounds);
  elf_files(mutator, rounds);
  return check::result();
}

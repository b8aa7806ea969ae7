#include "linux/machine/pci.h"
#include "linux/procfs/files.h"

#include <errno.h>

#include "core/platform/machine.h"
#include "native/helpers/check.h"
#include "native/helpers/tree.h"

using governor::PciDevice;
using governor::linux_os::hexadecimal;
using governor::linux_os::is_pci_address;
using Cpus = std::vector<unsigned>;

namespace {

const std::string kDevices = "sys/bus/pci/devices/";
const std::vector<unsigned> kClasses{0x0300, 0x0302}, kVendors{0x10de, 0x1002};

std::vector<PciDevice> read(const Tree& tree) { return governor::read_pci(tree.root(), kClasses, kVendors); }

std::optional<Cpus> local(const PciDevice& device) {
  return device.local_cpus ? std::optional(device.local_cpus->cpus()) : std::nullopt;
}

// As the kernel has it: the device below its bridge, a link to it on the bus.
void device(Tree& tree, const std::string& address, const std::string& device_class, const std::string& vendor) {
  const std::string path = "sys/devices/pci0000:3a/0000:3a:00.0/" + address + "/";
  tree.file(path + "class", device_class + "\n").file(path + "vendor", vendor + "\n").file(path + "device", "0x2330\n");
  tree.file(path + "numa_node", "1\n")
      .file(path + "local_cpus", "ff,00000000\n")
      .file(path + "local_cpulist", "32-39\n");
  tree.link(kDevices + address, "../../../devices/pci0000:3a/0000:3a:00.0/" + address);
}

void reads_devices_behind_their_links() {
  Tree tree;
  device(tree, "0000:3b:00.0", "0x030200", "0x10de");
  device(tree, "0000:3c:00.0", "0x030000", "0x1002");
  device(tree, "10000:01:00.0", "0x030000", "0x1002");
  const auto found = read(tree);
  CHECK_EQ(found.size(), size_t{3});
  CHECK_EQ(found.at(0).address, "0000:3b:00.0");
  CHECK_EQ(found.at(0).device_class, 0x030200u);
  CHECK_EQ(found.at(0).vendor, 0x10deu);
  CHECK_EQ(found.at(0).device, 0x2330u);
  CHECK_EQ(found.at(0).numa_node, 1);
  CHECK_EQ(local(found.at(0)), (Cpus{32, 33, 34, 35, 36, 37, 38, 39}));
  CHECK_EQ(found.at(1).vendor, 0x1002u);
  CHECK_EQ(found.at(2).address, "10000:01:00.0");
}

void passes_over_other_classes_and_vendors() {
  Tree tree;
  device(tree, "0000:3b:00.0", "0x040300", "0x10de");  // its sound
  device(tree, "0000:3b:00.1", "0x030000", "0x1a03");  // a server's console
  device(tree, "0000:3b:00.2", "0x038000", "0x10de");
  CHECK_EQ(read(tree).size(), size_t{0});
}

void treats_missing_files_as_unknown() {
  Tree tree;
  const std::string path = kDevices + "0000:00:02.0/";
  tree.file(path + "class", "0x030000\n").file(path + "vendor", "0x1002\n");
  const auto found = read(tree);
  CHECK_EQ(found.size(), size_t{1});
  CHECK_EQ(found.at(0).device, std::nullopt);
  CHECK_EQ(found.at(0).numa_node, std::nullopt);
  CHECK_EQ(local(found.at(0)), std::nullopt);

  tree.file(path + "numa_node", "-1\n").file(path + "local_cpulist", "0-1\n");
  CHECK_EQ(read(tree).at(0).numa_node, -1);
  CHECK_EQ(local(read(tree).at(0)), (Cpus{0, 1}));
  tree.file(path + "local_cpus", "4\n");
  CHECK_EQ(local(read(tree).at(0)), Cpus{2});  // the mask wins
  tree.file(path + "local_cpus", "00000000\n");
  CHECK_EQ(local(read(tree).at(0)), Cpus{});
  tree.file(path + "local_cpus", "no mask\n");
  CHECK_EQ(local(read(tree).at(0)), (Cpus{0, 1}));
}

void ignores_damaged_devices() {
  Tree tree;
  tree.file(kDevices + "0000:00:01.0/class", "0x03000000000\n").file(kDevices + "0000:00:01.0/vendor", "0x10de\n");
  tree.file(kDevices + "0000:00:02.0/class", "030000\n").file(kDevices + "0000:00:02.0/vendor", "0x10de\n");
  tree.file(kDevices + "0000:00:03.0/class", "0x030000\n").file(kDevices + "0000:00:03.0/vendor", "");
  tree.file(kDevices + "0000:00:04.0/class", "0x030000\n").fifo(kDevices + "0000:00:04.0/vendor");
  tree.file(kDevices + "0000:00:05.0", "a file");
  tree.link(kDevices + "0000:00:06.0", "0000:00:06.0").link(kDevices + "0000:00:07.0", "nowhere");
  tree.file(kDevices + "not a device/class", "0x030000\n").file(kDevices + "not a device/vendor", "0x10de\n");
  tree.file(kDevices + "0000:00:08.0/class", std::string(8 << 20, ' ') + "0x030000\n");
  CHECK_EQ(read(tree).size(), size_t{0});
}

void reads_a_machine_without_pci() {
  Tree tree;
  CHECK_EQ(read(tree).size(), size_t{0});
  tree.file("sys/bus/pci/devices", "a file");
  CHECK_EQ(read(tree).size(), size_t{0});
}

void refuses_more_local_cpus_than_a_machine_has() {
  Tree tree;
  for (int i = 0; i < 8; i++) {
    device(tree, "0000:3b:00." + std::to_string(i), "0x030000", "0x10de");
    tree.remove("sys/devices/pci0000:3a/0000:3a:00.0/0000:3b:00." + std::to_string(i) + "/local_cpus");
    tree.file("sys/devices/pci0000:3a/0000:3a:00.0/0000:3b:00." + std::to_string(i) + "/local_cpulist", "1048575\n");
  }
  CHECK_FAILS(read(tree), EFBIG, "read");
}

void reads_numbers_and_addresses() {
  CHECK_EQ(hexadecimal("0x10de\n"), 0x10deu);
  CHECK_EQ(hexadecimal("0xffffffff"), 0xffffffffu);
  for (const char* text : {"", "0x", "10de", "0x10dex", "0x-1", "0x100000000", "0x 1"}) {
    CHECK_EQ(hexadecimal(text), std::nullopt);
  }
  for (const char* text : {"0000:3b:00.0", "10000:e1:1f.7", "ffffffff:00:00.0"}) CHECK(is_pci_address(text));
  for (const char* text : {"", ".", "..", "pci0000:3a", "000:3b:00.0", "0000:3b:00", "0000:3b:00.00", "0000:3B:00.0",
                           "0000:3b.00.0", "0000:3b:00:0", "0000-3b:00.0", "123456789:3b:00.0", "0000:3b:00.0/"}) {
    CHECK(!is_pci_address(text));
  }
}

void reads_this_machine() {
  for (const auto& device :
       governor::read_pci("", {0x0600, 0x0604, 0x0300, 0x0302}, {0x8086, 0x10de, 0x1002, 0x1b36})) {
    CHECK(is_pci_address(device.address));
    CHECK(device.device.has_value());
  }
}

}  // namespace

int main() {
  reads_devices_behind_their_links();
  passes_over_other_classes_and_vendors();
  treats_missing_files_as_unknown();
  ignores_damaged_devices();
  reads_a_machine_without_pci();
  refuses_more_local_cpus_than_a_machine_has();
  reads_numbers_and_addresses();
  reads_this_machine();
  return check::result();
}

// /sys/bus/pci/devices: Documentation/ABI/testing/sysfs-bus-pci and Documentation/PCI/sysfs-pci.rst of the kernel.
// Reads nothing else of a device whose class or vendor was not asked for.
#include "linux/machine/pci.h"

#include <errno.h>

#include <algorithm>

#include "core/platform/machine.h"
#include "linux/procfs/files.h"

namespace governor {
namespace linux_os {

bool is_pci_address(std::string_view name) {
  const auto colon = name.find(':');
  if (colon == std::string_view::npos || colon < 4 || colon > 8 || name.size() != colon + 8) return false;
  const auto digits = [&](size_t from, size_t count) {
    const auto part = name.substr(from, count);
    return std::all_of(part.begin(), part.end(),
                       [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
  };
  return digits(0, colon) && digits(colon + 1, 2) && name[colon + 3] == ':' && digits(colon + 4, 2) &&
         name[colon + 6] == '.' && digits(colon + 7, 1);
}

}  // namespace linux_os

namespace {

using linux_os::Directory;

constexpr size_t kMostDevices = 65536;
// Of all devices together, 512 KiB: 64 devices on a machine of 65,536 CPUs.
constexpr size_t kMostWords = size_t{1} << 16;

bool has(const std::vector<unsigned>& values, unsigned value) {
  return std::find(values.begin(), values.end(), value) != values.end();
}

// The kernel gives the set twice. If they differ (an edited recording), the mask is right.
std::optional<Cpuset> local_cpus(const Directory& device) {
  if (const auto text = device.read("local_cpus")) {
    if (auto set = Cpuset::from_mask(*text)) return set;
  }
  const auto text = device.read("local_cpulist");
  return text ? Cpuset::from_list(*text) : std::nullopt;
}

}  // namespace

std::vector<PciDevice> read_pci(const std::string& root, const std::vector<unsigned>& classes,
                                const std::vector<unsigned>& vendors) {
  std::vector<PciDevice> found;
  const auto devices = Directory::open(root + "/sys/bus/pci/devices");
  if (!devices) return found;  // a machine without PCI
  size_t words = 0;
  for (const std::string& address : devices->entries(kMostDevices)) {
    if (!linux_os::is_pci_address(address)) continue;
    const auto device = devices->open_below(address.c_str());
    if (!device) continue;
    const auto code = device->read_hexadecimal("class");
    if (!code || !has(classes, *code >> 8)) continue;
    const auto vendor = device->read_hexadecimal("vendor");
    if (!vendor || !has(vendors, *vendor)) continue;
    PciDevice record{.address = address, .device_class = *code, .vendor = *vendor};
    record.device = device->read_hexadecimal("device");
    record.numa_node = device->read_number("numa_node");
    record.local_cpus = local_cpus(*device);
    if (record.local_cpus) words += record.local_cpus->words().size();
    if (words > kMostWords) throw OsError{EFBIG, "read", "local CPUs of PCI devices, more than a machine has"};
    found.push_back(std::move(record));
  }
  return found;
}

}  // namespace governor

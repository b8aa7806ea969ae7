#include "core/platform/machine.h"
#include "unsupported/unsupported.h"

namespace governor {

const char* platform_name() { return "unsupported"; }
Topology read_topology(const std::string&) { unsupported("read_topology"); }
Limits read_limits(const std::string&, int) { unsupported("read_limits"); }
Memory read_memory(const std::string&) { unsupported("read_memory"); }
std::optional<std::vector<InterruptCount>> read_interrupts(const std::string&) { unsupported("read_interrupts"); }
std::vector<PciDevice> read_pci(const std::string&, const std::vector<unsigned>&, const std::vector<unsigned>&) {
  unsupported("read_pci");
}
std::optional<Throttling> read_throttling(const std::string&) { unsupported("read_throttling"); }

}  // namespace governor

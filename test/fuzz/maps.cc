// /proc/PID/maps: mappings in order, none on another, each found by its addresses, each one of the text's lines.
#include <algorithm>
#include <string>

#include "fuzz/invariant.h"
#include "linux/procfs/maps.h"

using namespace governor::linux_os;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto mappings = parse_maps(text);
  INVARIANT(mappings.size() <= static_cast<size_t>(std::count(text.begin(), text.end(), '\n')));
  for (size_t i = 0; i < mappings.size(); i++) {
    const auto& mapping = mappings[i];
    INVARIANT(mapping.start < mapping.end && (i == 0 || mappings[i - 1].end <= mapping.start));
    INVARIANT(mapping_of(mappings, mapping.start) == &mapping && mapping_of(mappings, mapping.end - 1) == &mapping);
    INVARIANT(mapping_of(mappings, mapping.end) != &mapping);
    INVARIANT(!mapping.path.starts_with(' ') && mapping.path.find("\\012") == std::string::npos);
    INVARIANT(!mapping.deleted || mapping.path.starts_with('/'));
  }
  return 0;
}

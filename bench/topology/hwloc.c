// Loads the topology by hwloc's C API with its defaults, as a program does that uses hwloc.
#include <hwloc.h>
#include <stdlib.h>

#include "../rounds.h"

static void load(void) {
  hwloc_topology_t topology;
  if (hwloc_topology_init(&topology) != 0 || hwloc_topology_load(topology) != 0 ||
      hwloc_get_nbobjs_by_type(topology, HWLOC_OBJ_PU) < 1) {
    perror("hwloc");
    exit(2);
  }
  hwloc_topology_destroy(topology);
}

int main(void) { return rounds(load); }

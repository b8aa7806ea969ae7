"""All that psutil knows about topology: logical CPUs, cores, and the CPUs this process may use."""
import sys
import time

import psutil

for line in sys.stdin:
    start = time.perf_counter_ns()
    psutil.cpu_count(logical=True), psutil.cpu_count(logical=False), psutil.Process().cpu_affinity()
    print(time.perf_counter_ns() - start, flush=True)

"""psutil on the threads of a process tree; does a round for each line it reads.

    psutil_threads.py threads|figures PID     threads: only threads(), which has tid and CPU time;
                                              figures: each thread's name, state, CPU, times, switches and affinity
"""
import sys
import time

import psutil

MODE, PID = sys.argv[1], int(sys.argv[2])


def figures(tid):
    try:
        thread = psutil.Process(tid)
        with thread.oneshot():
            return (thread.name(), thread.status(), thread.cpu_num(), thread.cpu_times(), thread.num_ctx_switches(),
                    thread.cpu_affinity())
    except psutil.NoSuchProcess:
        return None


def look():
    root = psutil.Process(PID)
    for process in [root, *root.children(recursive=True)]:
        threads = process.threads()
        if MODE == "figures":
            [figures(thread.id) for thread in threads]


for line in sys.stdin:
    start, spent = time.perf_counter_ns(), time.process_time_ns()
    look()
    wall = time.perf_counter_ns() - start
    print(wall, time.process_time_ns() - spent, flush=True)

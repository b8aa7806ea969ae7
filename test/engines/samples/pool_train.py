#!/usr/bin/python3
"""A program that starts its own ProcessPoolExecutor: each worker trains a small numpy network for a while.

Prints one line of JSON: the threads of the whole process tree at their peak, and the affinity and threads of each
worker. No worker starts to train before all are there. Debian: python3-numpy, python3-threadpoolctl.
"""
import argparse
import json
import multiprocessing
import os
import threading
import time
from concurrent.futures import ProcessPoolExecutor

barrier = None


def set_barrier(shared):
    global barrier
    barrier = shared


def train(index, seconds, size, set_threads):
    import numpy as np

    if set_threads:
        from threadpoolctl import threadpool_limits
        threadpool_limits(set_threads)
    rng = np.random.default_rng(index)
    x = rng.standard_normal((size, size))
    y = np.sin(x @ rng.standard_normal((size, 1)) / size**0.5)
    w1 = rng.standard_normal((size, size)) / size**0.5
    w2 = rng.standard_normal((size, 1)) / size**0.5
    barrier.wait(timeout=60)
    steps, end = 0, time.monotonic() + seconds
    while time.monotonic() < end:
        hidden = np.tanh(x @ w1)
        error = hidden @ w2 - y
        back = (error @ w2.T) * (1 - hidden * hidden)
        w2 -= 0.3 / size * (hidden.T @ error)
        w1 -= 0.3 / size * (x.T @ back)
        steps += 1
    return {
        "pid": os.getpid(),
        "steps": steps,
        "threads": len(os.listdir("/proc/self/task")),
        "affinity": sorted(os.sched_getaffinity(0)),
    }


def count_threads(pid):
    """Threads of a process and of its descendants."""
    count, todo = 0, [pid]
    while todo:
        pid = todo.pop()
        try:
            for tid in os.listdir(f"/proc/{pid}/task"):
                count += 1
                with open(f"/proc/{pid}/task/{tid}/children") as f:
                    todo += map(int, f.read().split())
        except (FileNotFoundError, ProcessLookupError):
            pass
    return count


def main():
    parser = argparse.ArgumentParser(description="Train in a ProcessPoolExecutor and print JSON.")
    parser.add_argument("--workers", type=int, default=os.cpu_count(), metavar="N")
    parser.add_argument("--seconds", type=float, default=3.0)
    parser.add_argument("--size", type=int, default=384, help="width of the network and of a batch (default: 384)")
    parser.add_argument("--set-threads", type=int, default=0, metavar="K",
                        help="each worker asks its BLAS for K threads in code, whatever the environment says")
    args = parser.parse_args()

    # Forked workers, as Python on Linux starts them by default.
    context = multiprocessing.get_context("fork")
    done, peak = threading.Event(), 0

    def watch():
        nonlocal peak
        while not done.wait(0.2):
            peak = max(peak, count_threads(os.getpid()))

    watcher = threading.Thread(target=watch, daemon=True)
    with ProcessPoolExecutor(args.workers, mp_context=context, initializer=set_barrier,
                             initargs=(context.Barrier(args.workers),)) as pool:
        jobs = [pool.submit(train, i, args.seconds, args.size, args.set_threads) for i in range(args.workers)]
        watcher.start()
        workers = [job.result() for job in jobs]
        done.set()
        watcher.join()
    print(json.dumps({
        "pid": os.getpid(),
        "tree_threads": peak,
        "affinity": sorted(os.sched_getaffinity(0)),
        "per_worker": workers,
    }))


if __name__ == "__main__":
    main()

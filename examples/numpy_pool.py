"""A numpy training pool: every worker process fits a linear model with its own BLAS.

    npx governor run --export POOL_SIZE=workers -- python3 examples/numpy_pool.py [SECONDS]
"""
import os
import sys
import time
from concurrent.futures import ProcessPoolExecutor

SECONDS = float(sys.argv[1]) if len(sys.argv) > 1 else 5.0
POOL_SIZE = int(os.environ.get("POOL_SIZE", os.cpu_count()))


def train(fold):
    import numpy as np

    rng = np.random.default_rng(fold)
    x = rng.standard_normal((512, 256))
    y = x @ rng.standard_normal(256)
    w = np.zeros(256)
    steps, end = 0, time.monotonic() + SECONDS
    first = float(np.mean((x @ w - y) ** 2))
    while time.monotonic() < end:
        w -= 1e-4 * (x.T @ (x @ w - y))
        x @ x.T  # what a larger model would spend its time on
        steps += 1
    loss = float(np.mean((x @ w - y) ** 2))
    return fold, sorted(os.sched_getaffinity(0)), len(os.listdir("/proc/self/task")), steps, first, loss


if __name__ == "__main__":
    with ProcessPoolExecutor(POOL_SIZE) as pool:
        results = list(pool.map(train, range(POOL_SIZE)))
    for fold, cpus, threads, steps, first, loss in results:
        plural = "s" if threads > 1 else ""
        print(f"fold {fold}: CPUs {cpus}, {threads} thread{plural}, {steps} steps, loss {first:.2f} -> {loss:.4f}")
    print(f"{POOL_SIZE} workers, {sum(r[3] for r in results) / SECONDS:.0f} steps per second in all")

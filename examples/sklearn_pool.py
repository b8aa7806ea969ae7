"""A scikit-learn training pool: workers fit boosted trees, and OpenMP starts a thread for each CPU in every worker.

    python3 examples/sklearn_pool.py [MODELS]
    npx governor run --export POOL_SIZE=workers -- python3 examples/sklearn_pool.py [MODELS]
"""
import os
import sys
import time
from concurrent.futures import ProcessPoolExecutor

MODELS = int(sys.argv[1]) if len(sys.argv) > 1 else 24
POOL_SIZE = int(os.environ.get("POOL_SIZE", os.cpu_count()))


def train(fold):
    import numpy as np
    from sklearn.ensemble import HistGradientBoostingRegressor

    rng = np.random.default_rng(fold)
    x = rng.standard_normal((2000, 20))
    y = x[:, 0] + x[:, 1] ** 2
    HistGradientBoostingRegressor(max_iter=20).fit(x, y)
    return os.getpid(), len(os.listdir("/proc/self/task"))


if __name__ == "__main__":
    start = time.monotonic()
    with ProcessPoolExecutor(POOL_SIZE) as pool:
        threads = dict(pool.map(train, range(MODELS)))
    seconds = time.monotonic() - start
    print(f"{MODELS} models in {seconds:.1f} s: {len(threads)} workers, {sum(threads.values())} threads")

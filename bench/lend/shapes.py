"""Programs whose CPUs are idle part of the time. Prints how many seconds the work took, without the start of workers.

    shapes.py SHAPE    one of SHAPES
    shapes.py unit     one unit of numpy's work, in seconds
"""
import multiprocessing
import random
import sys
import time

WORKERS = 2


def units(count):
    import numpy

    matrix = numpy.random.default_rng(1).random((600, 600))
    for _ in range(count):
        matrix @ matrix


def kmeans(count):
    import numpy
    from sklearn.cluster import KMeans

    points = numpy.random.default_rng(1).random((100_000, 10))
    for _ in range(count):
        KMeans(20, n_init=1, random_state=0, max_iter=10, tol=0).fit(points)


def torch_steps(count):
    step = torch_step()
    for _ in range(count):
        step()


def torch_step():
    import torch

    model = torch.nn.Sequential(*(torch.nn.Linear(512, 512) for _ in range(4)))
    optimizer = torch.optim.SGD(model.parameters(), 1e-3)
    batch = torch.randn(256, 512)

    def step():
        optimizer.zero_grad()
        model(batch).square().mean().backward()
        optimizer.step()

    return step


def alternating(seed):
    """Computes and waits, half of the time each if nobody lends it a CPU."""
    chance = random.Random(seed)
    for _ in range(25):
        units(chance.randint(2, 14))
        time.sleep(0.009 * chance.randint(2, 14))


def warm(work):
    work(1)


def in_pool(work, jobs):
    """Runs jobs in a pool, once all workers have started and used the library."""
    with multiprocessing.get_context("spawn").Pool(WORKERS) as pool:
        pool.map(warm, [work] * WORKERS * 2, chunksize=1)
        began = time.perf_counter()
        pool.map(work, jobs, chunksize=1)
        return time.perf_counter() - began


def alone(work, count):
    work(1)
    began = time.perf_counter()
    work(count)
    return time.perf_counter() - began


def loader():
    from torch.utils.data import DataLoader

    step = torch_step()
    batches = DataLoader(Items(), batch_size=4, num_workers=WORKERS)
    began = time.perf_counter()
    for _ in batches:
        for _ in range(3):
            step()
    return time.perf_counter() - began


class Items:
    def __len__(self):
        return 80

    def __getitem__(self, index):
        import numpy

        return numpy.fft.fft2(numpy.random.default_rng(index).random((256, 256))).real


def phases():
    """Computes in its library, and waits for something else as long."""
    units(1)
    began = time.perf_counter()
    chance = random.Random()
    for _ in range(25):
        units(chance.randint(4, 12))
        time.sleep(0.009 * chance.randint(4, 12))
    return time.perf_counter() - began


FOLDS = [30, 85, 45, 120, 60, 150]
SHAPES = {
    "balanced-numpy": lambda: in_pool(units, [250] * WORKERS),
    "balanced-sklearn": lambda: in_pool(kmeans, [10] * WORKERS),
    "balanced-torch": lambda: in_pool(torch_steps, [40] * WORKERS),
    "unbalanced": lambda: in_pool(units, [120, 360]),
    "folds": lambda: in_pool(units, FOLDS),
    "alternating": lambda: in_pool(alternating, [1, 2]),
    "alone-numpy": lambda: alone(units, 300),
    "alone-torch": lambda: alone(torch_steps, 60),
    "loader": loader,
    "two-programs": phases,
    "unit": lambda: alone(units, 100) / 100,
}

if __name__ == "__main__":
    print(SHAPES[sys.argv[1]]())

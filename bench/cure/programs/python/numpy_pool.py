"""A multiprocessing pool whose tasks multiply matrices: numpy_pool.py METHOD WORKERS TASKS. 0 workers: Pool()'s own."""
import multiprocessing
import os
import sys

import numpy

from span import span, working

SIZE = 384


def ready(barrier):
    matrix = numpy.ones((SIZE, SIZE))
    matrix @ matrix
    barrier.wait()


def task(seed):
    matrix = numpy.random.default_rng(seed).random((SIZE, SIZE))
    for _ in range(6):
        matrix = matrix @ matrix
        matrix /= matrix.max()
    return float(matrix[0, 0])


if __name__ == '__main__':
    method, workers, tasks = sys.argv[1], int(sys.argv[2]) or os.cpu_count(), int(sys.argv[3])
    context = multiprocessing.get_context(method)
    barrier = context.Barrier(workers + 1)
    with context.Pool(workers, ready, (barrier,)) as pool:
        barrier.wait()
        start = working()
        pool.map(task, range(tasks), chunksize=1)
        span(start, tasks)

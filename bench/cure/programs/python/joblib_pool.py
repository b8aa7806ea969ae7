"""joblib.Parallel over tasks that multiply matrices: joblib_pool.py BACKEND N_JOBS TASKS. N_JOBS -1: all CPUs."""
import sys
import time

from joblib import Parallel, delayed
import numpy

from span import span, working

SIZE = 384


def task(seed):
    matrix = numpy.random.default_rng(seed).random((SIZE, SIZE))
    for _ in range(6):
        matrix = matrix @ matrix
        matrix /= matrix.max()
    return float(matrix[0, 0])


def warm(seed):
    task(seed)
    time.sleep(0.1)


if __name__ == '__main__':
    backend, jobs, tasks = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    with Parallel(n_jobs=jobs, backend=backend) as parallel:
        parallel(delayed(warm)(i) for i in range(16))
        start = working()
        parallel(delayed(task)(i) for i in range(tasks))
        span(start, tasks)

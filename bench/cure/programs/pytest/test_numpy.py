import os

import numpy
import pytest


@pytest.mark.parametrize('seed', range(int(os.environ['BENCH_TESTS'])))
def test_product(seed):
    matrix = numpy.random.default_rng(seed).random((384, 384))
    for _ in range(12):
        matrix = matrix @ matrix
        matrix /= matrix.max()
    assert numpy.isfinite(matrix).all()

"""A grid search over gradient-boosted trees, which use OpenMP: grid_search.py N_JOBS FITS. N_JOBS -1: all CPUs."""
import sys
import time

from joblib import Parallel, delayed
from sklearn.datasets import make_classification
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.model_selection import GridSearchCV

from span import span, working


def warm(_):
    HistGradientBoostingClassifier(max_iter=1).fit([[0.0], [1.0]] * 20, [0, 1] * 20)
    time.sleep(0.1)


if __name__ == '__main__':
    jobs, fits = int(sys.argv[1]), int(sys.argv[2])
    x, y = make_classification(4000, 20, random_state=0)
    Parallel(n_jobs=jobs)(delayed(warm)(i) for i in range(16))
    rates = [0.05 + 0.01 * i for i in range(max(1, fits // 2))]
    search = GridSearchCV(
        HistGradientBoostingClassifier(max_iter=20, random_state=0), {'learning_rate': rates}, cv=2, n_jobs=jobs,
        refit=False,
    )
    start = working()
    search.fit(x, y)
    span(start, len(rates) * 2)

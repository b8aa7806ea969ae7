"""How a program reports its work: when it begins, and at the end how much it did from when to when."""
import time


def working():
    """Says that the pool is up and the work begins now; returns that time."""
    print('working', flush=True)
    return time.time()


def span(start, units):
    print(f'span {start:.6f} {time.time():.6f} {units}', flush=True)

"""Simulated ECGs a second, random hearts included, one process and two; nothing is written."""

import time
from concurrent.futures import ProcessPoolExecutor

import numpy as np

from ecgfm_core.simulate.population import random_heart
from ecgfm_core.simulate.record import simulate

COUNT = 1200


def main() -> None:
    """Print a Markdown table."""
    print("\n| simulated 10 s ECGs a second | |\n|---|---|")
    _many(0, 50)
    start = time.perf_counter()
    _many(0, COUNT // 2)
    print(f"| one process | {COUNT / 2 / (time.perf_counter() - start):.0f} |")
    with ProcessPoolExecutor(2) as pool:
        list(pool.map(_many, (0, 1), (20, 20)))  # both processes have started
        start = time.perf_counter()
        list(pool.map(_many, (0, 1), (COUNT // 2, COUNT // 2)))
        print(f"| two processes | {COUNT / (time.perf_counter() - start):.0f} |")


def _many(seed: int, count: int) -> None:
    rng = np.random.default_rng(seed)
    for number in range(count):
        simulate(random_heart(rng), seed=number)

"""How fast this machine multiplies matrices: NumPy's own, which is OpenBLAS's sgemm.

Started like a contender, with one question of its own: ``{"do": "rates"}``. Products that an update
makes once for each time step are timed as a stack, which NumPy hands to BLAS one after another
without a call from Python in between. Each is timed many times and the fastest counts: it is the
machine's limit that is wanted.
"""

from __future__ import annotations

import time
from typing import Any

import numpy as np

from .wire import talk
from .work import Product, Work

LARGE = Product("large", 1, 2048, 2048, 2048)
SECONDS = 0.06
"""Spent on each shape."""


class Products:
    """Times the products of one update."""

    multiple = 1

    def __init__(self, work: Work, options: dict[str, Any]) -> None:
        self._work = work
        self.about = {"parameters": 0, "versions": {"numpy": np.__version__}, "settings": {}}

    def train(self, epochs: int) -> tuple[float, list[tuple[int, float]]]:
        """Nothing is trained here."""
        return 0.0, []

    def rates(self) -> dict[str, Any]:
        """Seconds of each of an update's products, and operations a second of a large one."""
        seconds = {product.name: seconds_of(product) for product in self._work.products()}
        return {"seconds": seconds, "peak": LARGE.operations / seconds_of(LARGE)}


def seconds_of(product: Product) -> float:
    """The fewest seconds that all equal products took together."""
    rng = np.random.default_rng(0)
    shape = (product.times, product.rows, product.inner)
    left = rng.standard_normal(shape, dtype="float32")
    right = rng.standard_normal((product.inner, product.columns), dtype="float32")
    out = np.empty((product.times, product.rows, product.columns), "float32")
    if product.times == 1:
        left, out = left[0], out[0]
    best, end = float("inf"), time.perf_counter() + SECONDS
    tries = 0
    while tries < 3 or time.perf_counter() < end:
        start = time.perf_counter()
        np.matmul(left, right, out=out)
        best = min(best, time.perf_counter() - start)
        tries += 1
    return best


if __name__ == "__main__":
    talk(Products)

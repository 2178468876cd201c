"""Start weights for clones, drawn by NumPy: on JAX each of Keras's draws is a program to compile.

Probes draw the weights of a clone anew, or copy the user's own, so that it does not matter which
ones it starts with; only that their distribution is the same, should a probe run before that.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

import numpy as np

from echospan.engine import keras_internals as internals


@contextmanager
def drawn_by_numpy() -> Iterator[None]:
    """Let Keras's own initialisers draw by NumPy inside the block, if the backend is JAX."""
    import keras

    if keras.backend.backend() != "jax":
        yield
        return
    with internals.initializers_with(_Random(), _OPERATIONS):
        yield


_OPERATIONS = SimpleNamespace(
    qr=np.linalg.qr, diag=np.diag, sign=np.sign, transpose=np.transpose, reshape=np.reshape
)
"""What Keras's orthogonal start is made with."""


class _Random:
    """The functions of `keras.random` that initialisers call; the same numbers each time."""

    def __init__(self) -> None:
        self._rng = np.random.default_rng(0)

    def normal(
        self,
        shape: Any,
        mean: float = 0.0,
        stddev: float = 1.0,
        dtype: Any = None,
        seed: Any = None,
    ) -> np.ndarray:
        """Normal numbers."""
        return self._typed(self._rng.normal(mean, stddev, tuple(shape)), dtype)

    def uniform(
        self,
        shape: Any,
        minval: float = 0.0,
        maxval: float = 1.0,
        dtype: Any = None,
        seed: Any = None,
    ) -> np.ndarray:
        """Numbers of an interval."""
        return self._typed(self._rng.uniform(minval, maxval, tuple(shape)), dtype)

    def truncated_normal(
        self,
        shape: Any,
        mean: float = 0.0,
        stddev: float = 1.0,
        dtype: Any = None,
        seed: Any = None,
    ) -> np.ndarray:
        """Normal numbers within two standard deviations."""
        drawn = self._rng.normal(size=tuple(shape))
        while (beyond := np.abs(drawn) > 2).any():
            drawn[beyond] = self._rng.normal(size=int(beyond.sum()))
        return self._typed(mean + stddev * drawn, dtype)

    def _typed(self, values: np.ndarray, dtype: Any) -> np.ndarray:
        # Half precision is not NumPy's in every form: Keras converts what it gets.
        return values if str(dtype) == "float64" else values.astype("float32")

"""Keras's own data sets that give batches by number, read as arrays in their own order."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from echospan.doctor.asked import MOST_SAMPLES, MOST_VALUES
from echospan.doctor.ports import parts
from echospan.errors import ConfigError, DataError


class Batches(NamedTuple):
    """A beginning of a data set.

    Attributes:
        x: Inputs, in the structure in which the data set gives them.
        y: Targets, likewise.
        samples: Samples in all of it, if all batches are as large as the first.
        batch_size: Samples in its first batch.
    """

    x: Any
    y: Any
    samples: int
    batch_size: int


def read(data: Any, y: Any, batch_size: int | None) -> Batches:
    """The first batches of a `keras.utils.PyDataset`, one after the other.

    Raises:
        ConfigError: Targets or a batch size are given beside it, as `fit` does not allow.
        DataError: It is empty or gives something else than (x, y).
    """
    for name, value in (("y", y), ("batch_size", batch_size)):
        if value is not None:
            raise ConfigError(name, "left out where x is a data set, which decides it", value)
    number = len(data)
    if not number:
        raise DataError("The data set is empty.")
    xs, ys = [], []
    looked = values = 0
    for place in range(number):
        batch = data[place]
        if not isinstance(batch, tuple | list) or len(batch) < 2:
            raise DataError("Each batch of the data set must be (x, y), or (x, y, weights).")
        xs.append(batch[0])
        ys.append(batch[1])
        looked += _size(batch[0])
        values += sum(int(np.prod(part.shape)) for part in _all(batch[0]))
        if looked >= MOST_SAMPLES or values >= MOST_VALUES:
            break
    size = _size(xs[0])
    samples = looked if len(xs) == number else size * number
    return Batches(_joined(xs), _joined(ys), samples, size)


def _all(tree: Any) -> list[Any]:
    named = parts("x", tree)
    return [tree] if named is None else [part for _, _, part in named]


def _size(tree: Any) -> int:
    return int(_all(tree)[0].shape[0])


def _joined(batches: list[Any]) -> Any:
    import keras

    return keras.tree.map_structure(
        lambda *each: np.concatenate([keras.ops.convert_to_numpy(part) for part in each]), *batches
    )

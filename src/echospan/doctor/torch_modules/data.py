"""The user's data for a torch module as arrays: given as such, or read from a data loader."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from echospan.doctor.asked import MOST_SAMPLES
from echospan.errors import ConfigError, DataError


@dataclass(frozen=True, eq=False)
class Data:
    """A beginning of the data, in order.

    Attributes:
        x: Inputs (samples, time, ...).
        y: Targets (samples, ...).
        samples: Samples in all the data.
        batch_size: Samples in one batch, where a loader says so.
        shuffle: Whether a loader shuffles; None for arrays.
        how: Where they come from, in words.
    """

    x: np.ndarray
    y: np.ndarray
    samples: int
    batch_size: int | None
    shuffle: bool | None
    how: str


def read(x: Any, y: Any, *, batch_first: bool) -> Data:
    """Read arrays, tensors or a data loader.

    Args:
        x: Inputs (samples, time, features) or integers (samples, time); or a loader of (x, y).
        y: Targets (samples, ...); None with a loader.
        batch_first: Whether the batches of a loader are (batch, time, ...).

    Raises:
        DataError: There is nothing in them, they hold no numbers, or they do not fit each other.
        ConfigError: Targets with a loader, or no targets without one.
    """
    import torch

    if isinstance(x, torch.utils.data.DataLoader):
        if y is not None:
            raise ConfigError("y", "left out where x is a data loader, which gives both", type(y))
        return _from_loader(x, batch_first)
    if y is None:
        raise ConfigError("y", "the targets of x, (samples, ...)", None)
    inputs, targets = array("x", x), array("y", y)
    if len(inputs) != len(targets):
        raise DataError(f"x has {len(inputs):,} samples and y {len(targets):,}.")
    _check(inputs)
    count = min(len(inputs), MOST_SAMPLES)
    return Data(inputs[:count], targets[:count], len(inputs), None, None, "arrays")


def array(name: str, value: Any) -> np.ndarray:
    """Numbers as a NumPy array.

    Raises:
        DataError: They are none, or some are not finite.
    """
    import torch

    if isinstance(value, torch.Tensor):
        value = value.detach().cpu().numpy()
    try:
        found = np.asarray(value)
    except ValueError as error:
        raise DataError(f"{name} is no regular array: {error}") from None
    if found.dtype.kind not in "biuf":
        raise DataError(f"{name} must hold numbers; its type is {found.dtype}.")
    if found.size == 0 or found.ndim == 0:
        raise DataError(f"{name} is empty: its shape is {found.shape}.")
    if found.dtype.kind == "f" and not np.isfinite(found).all():
        where = tuple(int(i) for i in np.argwhere(~np.isfinite(found))[0])
        raise DataError(f"{name} holds a value that is not finite, the first at {where}.")
    return found


def _check(x: np.ndarray) -> None:
    if x.ndim == 3 or (x.ndim == 2 and x.dtype.kind in "iu"):
        return
    raise DataError(
        f"x must be (samples, time, features), or integers (samples, time); its shape is {x.shape}"
        f" and its type {x.dtype}. For one feature: x[..., None]."
    )


def _from_loader(loader: Any, batch_first: bool) -> Data:
    """The first samples in the order of the data set; the loader's own generator is not used."""
    from torch.utils.data import IterableDataset, RandomSampler

    size = loader.batch_size
    if size is None or isinstance(loader.dataset, IterableDataset):
        raise DataError(
            "The loader must have a batch_size and a data set with indices, so that it can be "
            "looked at without disturbing it; give the arrays instead: check_torch(model, x, y)."
        )
    total = len(loader.dataset)
    if total == 0:
        raise DataError("The loader's data set is empty.")
    xs, ys = [], []
    count = min(total, MOST_SAMPLES)
    for start in range(0, count, size):
        rows = [loader.dataset[i] for i in range(start, min(start + size, count))]
        batch = loader.collate_fn(rows)
        if not isinstance(batch, tuple | list) or len(batch) != 2:
            raise DataError("The loader must give pairs (x, y).")
        inputs, targets = array("x", batch[0]), array("y", batch[1])
        if not batch_first:
            inputs = inputs.swapaxes(0, 1)
            if targets.ndim >= 2 and targets.shape[0] == inputs.shape[1]:
                targets = targets.swapaxes(0, 1)
        xs.append(inputs)
        ys.append(targets)
    x, y = np.concatenate(xs), np.concatenate(ys)
    _check(x)
    shuffles = isinstance(loader.sampler, RandomSampler)
    return Data(x, y, total, int(size), shuffles, "a data loader")

"""The user's data for a torch module: arrays, tensors, or a data loader.

Inputs may have their axes as the module takes them, not as (samples, time, features); the batches
of a loader may be padded each to its own longest sample.
"""

from __future__ import annotations

import sys
import warnings
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from echospan.adapters.data import MOST_SAMPLES, Data, array, read_arrays
from echospan.adapters.signals import Signal
from echospan.adapters.support import NotCloneable
from echospan.adapters.torch.clone import clone
from echospan.adapters.torch.facts import facts
from echospan.errors import ConfigError, DataError

if TYPE_CHECKING:
    import torch

ROWS = 2
"""Samples that a module is tried on."""

TARGETS = ("y", "target", "targets", "label", "labels")
"""Names under which a batch that is a dictionary may hold its targets."""


def read(model: Any, x: Any, y: Any, *, batch_first: bool) -> Data:
    """Read arrays, tensors or a data loader.

    Args:
        model: The module, which may take floats (samples, time).
        x: Inputs (samples, time, features) or integers (samples, time), a tuple or dictionary of
            such for several; or a loader of (x, y).
        y: Targets (samples, ...), a tuple or dictionary for several outputs; None with a loader.
        batch_first: Whether the batches of a loader are (batch, time, ...).

    Raises:
        DataError: There is nothing in them, they hold no numbers, or they do not fit each other.
        ConfigError: Targets with a loader, or no targets without one.
    """
    loaded = sys.modules.get("torch")
    if loaded is not None and isinstance(x, loaded.utils.data.DataLoader):
        if y is not None:
            raise ConfigError("y", "left out if x is a data loader, which provides both", type(y))
        return _from_loader(model, x, batch_first)
    return read_arrays(x, y, flat=partial(takes, model) if batch_first else None)


def with_channels(model: Any, sources: list[Signal]) -> list[Signal]:
    """Inputs whose time axis stands last, as convolutions of torch want it, turned round.

    Raises:
        DataError: The first layer with weights is a convolution over (batch, channels, time), and
            the input has as many channels on its second axis, but the module fails on it.
    """
    import torch

    first = next((m for m in model.modules() if list(m.parameters(recurse=False))), None)
    x = sources[0].values
    if len(sources) > 1 or not isinstance(first, torch.nn.Conv1d) or x.ndim != 3:
        return sources
    if first.in_channels != x.shape[1] or first.in_channels == x.shape[2]:
        return sources
    if takes(model, x):
        return [replace(sources[0], values=x.swapaxes(1, 2), axes="channels")]
    raise DataError(
        f"x must be (samples, time, features); its shape {x.shape} fits {first}, whose time stands "
        "last. Check a module whose forward(x) is model(x.transpose(1, 2)), with x.transpose(1, 2)."
    )


def takes(model: torch.nn.Module, x: np.ndarray) -> bool:
    """Whether a module answers each row of an array as it is given, tried on a copy.

    Args:
        model: The user's; it is copied, not run.
        x: Inputs (samples, ...).

    Returns:
        Whether the copy runs on the first two samples and gives an output for each. False if a
        recurrent layer reads them as one sequence, for it takes two axes as (time, features).
    """
    import torch

    if len(x) < ROWS:
        return False
    unbatched: list[bool] = []
    try:
        made = clone(model, double=False)
        for module in made.modules():
            if isinstance(module, torch.nn.RNNBase):
                module.register_forward_pre_hook(
                    lambda _, given: unbatched.append(_axes_of(given) == 2)
                )
        precision = getattr(torch, facts(model).precision)
        with torch.random.fork_rng(devices=[]), warnings.catch_warnings(), torch.no_grad():
            warnings.simplefilter("ignore")
            answer = made(torch.as_tensor(np.array(x[:ROWS])).to(precision))
    except NotCloneable:
        return False
    except Exception:
        # Whatever it raises: it does not take them.
        return False
    first = answer[0] if isinstance(answer, tuple | list) and answer else answer
    fits = isinstance(first, torch.Tensor) and first.ndim > 0 and len(first) == ROWS
    return fits and not any(unbatched)


def _axes_of(given: tuple[Any, ...]) -> int:
    """Axes of what a layer is given; a packed sequence has none."""
    return int(getattr(given[0], "ndim", 0)) if given else 0


def _from_loader(model: Any, loader: Any, batch_first: bool) -> Data:
    """The first samples in the order of the data set; the loader's own generator is not used."""
    from torch.utils.data import IterableDataset, RandomSampler

    size = loader.batch_size
    if size is None or isinstance(loader.dataset, IterableDataset):
        raise DataError(
            "The loader must have a batch_size and a data set with indices, so that it can be "
            "looked at without disturbing it; give the arrays instead: check(model, x, y)."
        )
    total = len(loader.dataset)
    if total == 0:
        raise DataError("The loader's data set is empty.")
    batches = []
    count = min(total, MOST_SAMPLES)
    for start in range(0, count, size):
        rows = [loader.dataset[i] for i in range(start, min(start + size, count))]
        divided = _divided(loader.collate_fn(rows))
        batches.append(divided if batch_first else _turned(divided, len(rows)))
    x, y = (_joined([batch[side] for batch in batches]) for side in (0, 1))
    shuffles = isinstance(loader.sampler, RandomSampler)
    flat = partial(takes, model) if batch_first else None
    return read_arrays(x, y, int(size), shuffles, "a data loader", total, flat)


def _divided(batch: Any) -> tuple[Any, Any]:
    """Inputs and targets of one batch: the last of a tuple, or what a dictionary calls so."""
    if isinstance(batch, Mapping):
        own = [name for name in TARGETS if name in batch]
        if len(own) == 1 and len(batch) > 1:
            return {name: part for name, part in batch.items() if name != own[0]}, batch[own[0]]
    elif isinstance(batch, tuple | list) and len(batch) == 2:
        return batch[0], batch[1]
    elif isinstance(batch, tuple | list) and len(batch) > 2:
        return tuple(batch[:-1]), batch[-1]
    raise DataError(
        "The loader must give pairs (x, y), tuples whose last part is y, or dictionaries with y "
        f"under one of the names {', '.join(TARGETS)}; give the arrays instead: "
        "check(model, x, y)."
    )


def _turned(tree: Any, rows: int) -> Any:
    """Batches that are (time, batch, ...) the other way round."""
    if isinstance(tree, Mapping):
        return {name: _turned(part, rows) for name, part in tree.items()}
    if isinstance(tree, tuple | list):
        return tuple(_turned(part, rows) for part in tree)
    return tree.swapaxes(0, 1) if tree.ndim >= 2 and tree.shape[1] == rows else tree


def _joined(batches: list[Any]) -> Any:
    """One array of all batches; of tuples and dictionaries one for each part."""
    first = batches[0]
    if isinstance(first, Mapping):
        return {name: _joined([batch[name] for batch in batches]) for name in first}
    if isinstance(first, tuple | list) and all(hasattr(part, "shape") for part in first):
        return tuple(_joined([batch[place] for batch in batches]) for place in range(len(first)))
    return joined([array("x", batch) for batch in batches])


def joined(batches: Sequence[np.ndarray]) -> np.ndarray:
    """One array (samples, ...) of batches whose lengths along the second axis may differ.

    Args:
        batches: Arrays (rows, time, ...).

    Returns:
        The samples in order. Shorter batches are padded as they are padded themselves: on the side,
        and with the value, that most of their samples have there; with zeros after the end where
        none is padded.

    Raises:
        DataError: They differ in another axis than the second.
    """
    if len({batch.shape[1:] for batch in batches}) == 1:
        return np.concatenate(batches)
    kinds = {(batch.ndim, batch.shape[2:]) for batch in batches}
    if len(kinds) > 1 or batches[0].ndim < 2:
        shapes = ", ".join(sorted({str(batch.shape) for batch in batches})[:4])
        raise DataError(
            f"The batches may differ in their length (batch, time, ...) alone; there are {shapes}."
        )
    longest = max(batch.shape[1] for batch in batches)
    front, value = _padding(batches)
    return np.concatenate([_longer(batch, longest, value, front=front) for batch in batches])


def _padding(batches: Sequence[np.ndarray]) -> tuple[bool, float]:
    """Whether padding stands in front, and its value: the most frequent run of two at an end."""
    found: Counter[tuple[bool, float]] = Counter()
    for batch in batches:
        if batch.shape[1] < 2:
            continue
        flat = batch.reshape(*batch.shape[:2], -1)
        for front, ends in ((True, flat[:, :2]), (False, flat[:, -2:])):
            same = (ends == ends[:, :1, :1]).all((1, 2))
            found.update((front, float(value)) for value in ends[same, 0, 0])
    if not found:
        return False, 0.0
    # Of those as frequent: after the end, and zeros.
    return max(found, key=lambda end: (found[end], not end[0], end[1] == 0))


def _longer(batch: np.ndarray, length: int, value: float, *, front: bool) -> np.ndarray:
    missing = length - batch.shape[1]
    widths = [(0, 0), (missing, 0) if front else (0, missing), *[(0, 0)] * (batch.ndim - 2)]
    return np.pad(batch, widths, constant_values=batch.dtype.type(value))

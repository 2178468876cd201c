"""The user's data for a torch module as arrays: given as such, or read from a data loader."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from echospan.doctor.asked import MOST_SAMPLES, looked_at
from echospan.doctor.ports import Port, as_many, parts, with_time
from echospan.errors import ConfigError, DataError

TARGETS = ("y", "target", "targets", "label", "labels")
"""Names under which a batch that is a dictionary may hold its targets."""


@dataclass(frozen=True, eq=False)
class Data:
    """A beginning of the data, in order.

    Attributes:
        sources: The inputs (samples, time, ...), those without a time axis too.
        targets: The targets (samples, ...) of each output.
        samples: Samples in all the data.
        batch_size: Samples in one batch, where a loader says so.
        shuffle: Whether a loader shuffles; None for arrays.
        how: Where they come from, in words.
        named: Whether the inputs are a dictionary.
    """

    sources: list[Port]
    targets: list[Port]
    samples: int
    batch_size: int | None
    shuffle: bool | None
    how: str
    named: bool = False

    @property
    def looked(self) -> int:
        """Samples that are looked at."""
        return len(self.sources[0].values)


def read(x: Any, y: Any, *, batch_first: bool) -> Data:
    """Read arrays, tensors or a data loader.

    Args:
        x: Inputs (samples, time, features) or integers (samples, time), a tuple or dictionary of
            such for several; or a loader of (x, y).
        y: Targets (samples, ...), a tuple or dictionary for several outputs; None with a loader.
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
    return _data(x, y, None, None, "arrays")


def _data(
    x: Any,
    y: Any,
    batch_size: int | None,
    shuffle: bool | None,
    how: str,
    samples: int | None = None,
) -> Data:
    (sources, lengths), (targets, labels) = _ports("x", x), _ports("y", y)
    count = lengths[0]
    for port, length in zip([*sources, *targets], [*lengths, *labels], strict=True):
        if length != count:
            raise DataError(
                f"{sources[0].place} has {count:,} samples and {port.place} {length:,}."
            )
    sources = with_time([_checked(port, alone=len(sources) == 1) for port in sources])
    if not any(port.sequence for port in sources):
        shapes = ", ".join(f"{port.place} {port.values.shape}" for port in sources)
        raise DataError(
            f"x must hold an input (samples, time, features); there is {shapes}. For one feature: "
            "x[..., None]."
        )
    sources, targets = as_many(sources, targets)
    named = isinstance(x, Mapping)
    return Data(sources, targets, samples or count, batch_size, shuffle, how, named)


def _ports(variable: str, given: Any) -> tuple[list[Port], list[int]]:
    """The parts of the inputs or targets, and how many samples each has."""
    # A list is one array whose rows are lists; several inputs come in a tuple or by name.
    named = None if isinstance(given, list) else parts(variable, given)
    if named is None:
        named = [("", variable, given)]
    elif len(named) == 1 and not isinstance(given, Mapping):
        named = [("", *named[0][1:])]
    fixed = isinstance(given, tuple)
    ports = [
        Port(name, place, array(place, value), number, fixed=fixed)
        for number, (name, place, value) in enumerate(named)
    ]
    return ports, [len(value) for _, _, value in named]


def array(name: str, value: Any) -> np.ndarray:
    """A beginning of the user's numbers as a NumPy array.

    Raises:
        DataError: They are none, or some are not finite.
    """
    import torch

    if len(getattr(value, "shape", ())) > 0:
        # What is not looked at is not read: it may be a file's memory map.
        value = value[: looked_at(value)]
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


def _checked(port: Port, *, alone: bool) -> Port:
    """With what its axes say; among several inputs some may have no time axis."""
    x = port.values
    integers = x.ndim == 2 and x.dtype.kind in "iu"
    if alone and x.ndim < 3 and not integers:
        raise DataError(
            f"x must be (samples, time, features), or integers (samples, time); its shape is "
            f"{x.shape} and its type {x.dtype}. For one feature: x[..., None]."
        )
    return replace(port, integers=integers)


def check_channels(model: Any, sources: list[Port]) -> None:
    """Refuse inputs whose time axis stands last, as convolutions of torch want it.

    Raises:
        DataError: The first layer with weights is a convolution over (batch, channels, time), and
            the input has as many channels on its second axis.
    """
    import torch

    first = next((m for m in model.modules() if list(m.parameters(recurse=False))), None)
    x = sources[0].values
    if len(sources) > 1 or not isinstance(first, torch.nn.Conv1d) or x.ndim != 3:
        return
    if first.in_channels != x.shape[1] or first.in_channels == x.shape[2]:
        return
    raise DataError(
        f"x must be (samples, time, features); its shape {x.shape} fits {first}, whose time stands "
        "last. Check a module whose forward(x) is model(x.transpose(1, 2)), with x.transpose(1, 2)."
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
    batches = []
    count = min(total, MOST_SAMPLES)
    for start in range(0, count, size):
        rows = [loader.dataset[i] for i in range(start, min(start + size, count))]
        divided = _divided(loader.collate_fn(rows))
        batches.append(divided if batch_first else _turned(divided, len(rows)))
    x, y = (_joined([batch[side] for batch in batches]) for side in (0, 1))
    shuffles = isinstance(loader.sampler, RandomSampler)
    return _data(x, y, int(size), shuffles, "a data loader", total)


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
        "check_torch(model, x, y)."
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
    return np.concatenate([array("x", batch) for batch in batches])

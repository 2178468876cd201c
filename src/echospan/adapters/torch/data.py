"""The user's data for a torch module: arrays, tensors, and what gives batches."""

from __future__ import annotations

import warnings
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from echospan.adapters.batches import Read, Source, as_array, of_pairs, of_samples, source_of
from echospan.adapters.batches import read as read_batches
from echospan.adapters.data import Data, read_arrays
from echospan.adapters.signals import Signal
from echospan.adapters.support import NotCloneable
from echospan.adapters.torch.clone import clone
from echospan.adapters.torch.devices import at_home
from echospan.adapters.torch.dividing import Dividing
from echospan.adapters.torch.facts import facts
from echospan.adapters.torch.loader import is_loaded
from echospan.adapters.torch.loader import source as loader_source
from echospan.errors import ConfigError, DataError

if TYPE_CHECKING:
    import torch

ROWS = 2
"""Samples that a module is tried on."""


def read(model: Any, x: Any, y: Any, *, batch_first: bool, batch_size: int | None = None) -> Data:
    """Read arrays, tensors, a data loader, a data set, or a generator of batches.

    Args:
        model: The module, which may take floats (samples, time).
        x: Inputs (samples, time, features) or integers (samples, time), a tuple or dictionary of
            such for several, or a list of samples of different lengths; or what gives batches.
        y: Targets (samples, ...), a tuple or dictionary for several outputs; None with batches.
        batch_first: Whether batches are (batch, time, ...).
        batch_size: Samples in a batch of a data set that is given without a loader.

    Raises:
        DataError: There is nothing in them, they hold no numbers, or they do not fit each other.
        ConfigError: Targets with a loader, or no targets without one.
    """
    loaded = is_loaded(x)
    given = loader_source(x, batch_size) if loaded else source_of(x)
    if given is None and y is None and (pairs := of_pairs(x)) is not None:
        if isinstance(pairs, Source):
            given = pairs
        else:
            x, y = pairs
            y = [as_array(target, "y") for target in y]
    if given is None:
        flat = partial(takes, model) if batch_first else None
        if (samples := of_samples(x, y)) is not None:
            return _of(samples, flat)
        return read_arrays(x, y, flat=flat)
    if y is not None:
        raise ConfigError("y", f"left out if x is {given.origin}, which provides both", type(y))
    divide = Dividing(model, batch_first=batch_first)
    found = read_batches(given, divide)
    flat = partial(takes, model) if batch_first and not divide.packs else None
    data = _of(found, flat)
    if divide.left_out:
        told = f"{', '.join(divide.left_out)} of each batch: forward has no place for it"
        data = replace(data, notes=(*data.notes, told))
    if divide.packs:
        packed = [replace(each, axes="packed") if each.sequence else each for each in data.sources]
        data = replace(data, sources=packed)
    return data


def _of(found: Read, flat: Any) -> Data:
    data = read_arrays(
        found.x, found.y, found.size, found.shuffle, found.origin, found.samples, flat
    )
    return replace(data, more=found.more, notes=found.notes, padded=found.padded)


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
    if sources[0].axes != "time":
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
        given = torch.as_tensor(np.array(x[:ROWS])).to(precision)
        with at_home(), torch.random.fork_rng(devices=[]), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with torch.no_grad():
                answer = made(given)
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

"""The user's data as arrays, as far as they are looked at; the same for every framework."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from echospan.adapters.signals import Signal, Structure, as_many, named_arrays, with_time
from echospan.errors import ConfigError, DataError, shown

MOST_SAMPLES = 4_096
"""Samples that are looked at, from the beginning: their order matters."""

MOST_VALUES = 4_000_000
"""Numbers of one array that are looked at."""


@dataclass(frozen=True, eq=False)
class Data:
    """A beginning of the data, in order.

    Attributes:
        sources: The inputs (samples, time, ...), those without a time axis too.
        targets: The targets (samples, ...) of each output.
        structure: How the user nests the inputs.
        samples: Samples in all the data.
        batch_size: Samples in one batch, where a data set or loader says so.
        shuffle: Whether a loader shuffles; None for arrays.
        origin: Where they come from, for the report; empty for plain arrays of a Keras model.
        more: Whether there are more samples than `samples`, but not how many.
        notes: What else the report says of how they were read.
        padded: Whether samples were padded to be looked at together, so that padding is not theirs.
    """

    sources: list[Signal]
    targets: list[Signal]
    structure: Structure
    samples: int
    batch_size: int | None = None
    shuffle: bool | None = None
    origin: str = ""
    more: bool = False
    notes: tuple[str, ...] = ()
    padded: bool = False

    @property
    def looked_at(self) -> int:
        """Samples that are looked at."""
        return len(self.sources[0].values)


def samples_to_read(x: Any) -> int:
    """How many samples, from the first, are looked at."""
    one = int(np.prod(tuple(x.shape)[1:])) or 1
    return int(min(len(x), MOST_SAMPLES, max(MOST_VALUES // one, 64)))


def read_arrays(
    x: Any,
    y: Any,
    batch_size: int | None = None,
    shuffle: bool | None = None,
    origin: str = "arrays",
    samples: int | None = None,
    flat: Callable[[np.ndarray], bool] | None = None,
) -> Data:
    """Read arrays or tensors (samples, time, ...), for several a tuple or dictionary.

    Args:
        x: Inputs (samples, time, features), or integers (samples, time).
        y: Targets (samples, ...).
        batch_size: Samples in one batch, where that is known.
        shuffle: Whether samples are drawn at random, where that is known.
        origin: Where they come from.
        samples: Samples in all the data, if `x` is a beginning of it.
        flat: Whether the model takes floats (samples, time) as they are, without a feature axis.

    Raises:
        DataError: They hold no numbers, have other axes, or do not fit each other.
        ConfigError: There are no targets.
    """
    if y is None:
        raise ConfigError("y", "the targets of x, (samples, ...)", None)
    (sources, lengths), (targets, labels) = _signals("x", x), _signals("y", y)
    count = lengths[0]
    for signal, length in zip([*sources, *targets], [*lengths, *labels], strict=True):
        if length != count:
            raise DataError(
                f"{sources[0].place} has {count:,} samples and {signal.place} {length:,}."
            )
    sources = with_time([_checked(signal, flat, alone=len(sources) == 1) for signal in sources])
    if not any(signal.sequence for signal in sources):
        shapes = ", ".join(f"{signal.place} {signal.values.shape}" for signal in sources)
        raise DataError(
            f"x must hold an input (samples, time, features); got {shapes}. For one feature: "
            "x[..., None]."
        )
    sources, targets = as_many(sources, targets)
    structure = Structure() if isinstance(x, list) else Structure.of(x)
    return Data(sources, targets, structure, samples or count, batch_size, shuffle, origin)


def _signals(variable: str, given: Any) -> tuple[list[Signal], list[int]]:
    """The parts of the inputs or targets, and how many samples each has."""
    # A list is one array whose rows are lists; several inputs come in a tuple or by name.
    named = None if isinstance(given, list) else named_arrays(variable, given)
    if named is None:
        named = [("", variable, given)]
    elif len(named) == 1 and not isinstance(given, Mapping):
        named = [("", *named[0][1:])]
    if not named:
        raise DataError(f"{variable} must hold at least one array; it is empty.")
    fixed = isinstance(given, tuple)
    signals = [
        Signal(name, place, array(place, value), number, fixed=fixed)
        for number, (name, place, value) in enumerate(named)
    ]
    return signals, [len(value) for _, _, value in named]


def array(name: str, value: Any) -> np.ndarray:
    """A beginning of the user's numbers as a NumPy array.

    Raises:
        DataError: They are none, or some are not finite.
    """
    if isinstance(value, type):
        raise DataError(f"{name} must be an array; got the class {value.__name__}.")
    torch = sys.modules.get("torch")
    try:
        if len(getattr(value, "shape", ())) > 0:
            # What is not looked at is not read: it may be a file's memory map.
            value = value[: samples_to_read(value)]
        if torch is not None and isinstance(value, torch.Tensor):
            value = value.detach().cpu().numpy()
        found = np.asarray(value)
    except ValueError as error:
        raise DataError(f"{name} is not a regular array: {error}") from None
    except Exception as error:
        raise DataError(f"{name} must be an array; reading it raised {shown(error)}.") from None
    if found.dtype.kind not in "biuf":
        raise DataError(f"{name} must hold numbers; its type is {found.dtype}.")
    if found.size == 0 or found.ndim == 0:
        raise DataError(f"{name} is empty: its shape is {found.shape}.")
    if found.dtype.kind == "f" and not np.isfinite(found).all():
        where = tuple(int(i) for i in np.argwhere(~np.isfinite(found))[0])
        raise DataError(f"{name} holds a value that is not finite, the first at {where}.")
    return found


def _checked(signal: Signal, flat: Callable[[np.ndarray], bool] | None, *, alone: bool) -> Signal:
    """With what its axes say; among several inputs some may have no time axis."""
    x = signal.values
    integers = x.ndim == 2 and x.dtype.kind in "iu"
    if alone and x.ndim == 2 and not integers and flat is not None and flat(x):
        return replace(signal, values=x[..., None], axes="flat")
    if alone and x.ndim < 3 and not integers:
        raise DataError(
            f"x must be (samples, time, features), or integers (samples, time); its shape is "
            f"{x.shape} and its type {x.dtype}. For one feature: x[..., None]."
        )
    return replace(signal, integers=integers)


def validation_inputs(
    given: Any, sources: Sequence[Signal], read: Any, *, lists: bool = True
) -> list[np.ndarray] | None:
    """The inputs of `validation_data`, in the order of those to train on.

    Args:
        given: (x, y) or (x, y, weights); None where nothing validates.
        sources: The inputs to train on.
        read: Reads one array: a function of its place and value.
        lists: Whether a list holds several inputs, or else is one array.

    Raises:
        ConfigError: It is something else, or holds another number of inputs.
    """
    if given is None:
        return None
    if not isinstance(given, tuple | list) or len(given) not in (2, 3):
        raise ConfigError("validation_data", "(x, y) or (x, y, sample_weight)", type(given))
    one_array = isinstance(given[0], list) and not lists
    named = None if one_array else named_arrays("validation_data[0]", given[0])
    named = named or [("", "validation_data", given[0])]
    if len(named) != len(sources):
        raise ConfigError(
            "validation_data", f"as many inputs as x, {len(sources)}", f"{len(named)} inputs"
        )
    return [read(place, value) for _, place, value in named]

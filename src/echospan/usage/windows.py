"""The windows of held-out data that a model answers, one answer a window."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from echospan.adapters.adapt import read_data
from echospan.adapters.batches import source_of
from echospan.adapters.data import Data, samples_to_read
from echospan.adapters.facts import Facts
from echospan.adapters.signals import Signal, named_arrays
from echospan.errors import ConfigError, DataError
from echospan.usage.shared_steps import followers, overlap

USUAL = 128
"""Steps of a window that is cut from longer sequences."""

ENOUGH = 64
"""Sequences that are taken whole, each for one answer; fewer are cut into windows."""

MOST_COMPARED = 512
"""Samples that are looked at to find whether they share steps."""

FEWEST = 16
"""Windows from which something can be said."""


@dataclass(frozen=True, eq=False)
class Windows:
    """Windows in the order of the data.

    Attributes:
        sources: The inputs, with values (windows, time, ...), as the adapters read them.
        targets: The targets of each output, (windows, ...).
        data: What the adapters read of the first of them: how inputs are nested.
        steps: Time steps of a window.
        taken: Place of each window among the given samples, (windows,); for windows that were cut
            the place of the sequence.
        starts: First step of each window in its sequence; None for samples taken whole.
        notes: How they were made.
    """

    sources: list[Signal]
    targets: list[np.ndarray]
    data: Data
    steps: int
    taken: np.ndarray
    starts: np.ndarray | None
    notes: tuple[str, ...] = ()

    @property
    def count(self) -> int:
        """How many windows there are."""
        return len(self.taken)

    @property
    def moved(self) -> list[int]:
        """Numbers of the inputs whose older steps are taken away."""
        return [
            number
            for number, source in enumerate(self.sources)
            if source.sequence and source.values.ndim > 1 and source.values.shape[1] == self.steps
        ]


def read_windows(
    model: Any,
    known: Facts,
    x: Any,
    y: Any,
    *,
    most: int,
    window: int | None = None,
    stride: int | None = None,
    batch_first: bool = True,
) -> Windows:
    """Read windows, spread over the data.

    Args:
        model: The user's model.
        known: What is known of it.
        x: Inputs as `echospan.check` takes them.
        y: Targets, likewise.
        most: Windows that are wanted at most.
        window: Steps of a window, to cut longer sequences that have a target at every step.
        stride: Steps between windows that are cut; left out, as few as give `most`.
        batch_first: As in `echospan.adapters.adapt`.

    Raises:
        DataError: The data can't be used, or are too few or too short.
        ConfigError: An argument doesn't fit them.
    """
    arrays = _is_array(x) or (_is_nested(x) and not _is_samples(known, x))
    arrays = arrays and (y is None or _is_array(y) or _is_nested(y))
    if arrays:
        x, y, cut = _chosen(x, y, most=most, window=window, stride=stride)
    else:
        cut = _Cut(None, None, ())
        if window is not None:
            raise ConfigError("window", "left out if x gives batches", window)
    data = _read(model, known, x, y, arrays=arrays, batch_first=batch_first)
    sources = data.sources
    timed = [source for source in sources if source.sequence]
    steps = int(timed[0].values.shape[1]) if timed else 0
    if steps < 2:
        raise DataError(
            "x has windows of one step, so there is no older step to take away; give longer "
            "windows, (samples, time, features)."
        )
    count = len(sources[0].values)
    if cut.taken is None and count > most:
        keep = spread(count, most)
        sources = [replace(each, values=each.values[keep]) for each in sources]
        targets = [replace(each, values=each.values[keep]) for each in data.targets]
        data = replace(data, sources=sources, targets=targets)
        cut = _Cut(keep, None, ())
        count = most
    if count < FEWEST:
        raise DataError(f"{count} windows are too few to measure anything; give at least {FEWEST}.")
    notes = [*cut.notes, *data.notes]
    constant = [
        each.place for each in sources if not (each.sequence and each.values.shape[1] == steps)
    ]
    if constant:
        notes.append(f"{', '.join(constant)}: kept as given; only steps of {timed[0].place} vary.")
    return Windows(
        sources,
        [target.values for target in data.targets],
        data,
        steps,
        np.arange(count) if cut.taken is None else cut.taken,
        cut.starts,
        tuple(notes),
    )


@dataclass(frozen=True, eq=False)
class _Cut:
    taken: np.ndarray | None
    starts: np.ndarray | None
    notes: tuple[str, ...]


def spread(many: int, most: int) -> np.ndarray:
    """Places of at most so many things, evenly spread."""
    if many <= most:
        return np.arange(many)
    return np.unique(np.linspace(0, many - 1, most).round().astype(int))


LIBRARIES = ("numpy", "torch", "jax", "jaxlib")
"""Whose arrays are cut and thinned out; what else there may be, the adapters read as it is."""


def _is_array(value: Any) -> bool:
    """Whether it is an array with axes."""
    if type(value).__module__.partition(".")[0] not in LIBRARIES:
        return False
    return len(getattr(value, "shape", ())) > 0 and hasattr(value, "dtype")


def _is_nested(value: Any) -> bool:
    named = named_arrays("x", value)
    return bool(named) and all(_is_array(part) for _, _, part in named or ())


def _is_samples(known: Facts, x: Any) -> bool:
    """Whether a list holds samples of their own lengths: only for Keras it holds inputs."""
    return isinstance(x, list) and known.framework != "keras"


def _parts(given: Any) -> list[Any]:
    named = None if _is_array(given) else named_arrays("x", given)
    return [given] if named is None else [value for _, _, value in named]


def _mapped(given: Any, change: Any) -> Any:
    """The same nest of arrays, each changed."""
    if _is_array(given):
        return change(given)
    if isinstance(given, Mapping):
        return {name: change(value) for name, value in given.items()}
    if isinstance(given, list | tuple) and given and all(_is_array(part) for part in given):
        return type(given)(change(part) for part in given)
    return given


def _chosen(
    x: Any, y: Any, *, most: int, window: int | None, stride: int | None
) -> tuple[Any, Any, _Cut]:
    """A part of the samples, or windows cut from sequences with a target at every step."""
    inputs, targets = _parts(x), _parts(y) if y is not None else []
    samples = len(inputs[0])
    shapes = {tuple(each.shape[:2]) for each in [*inputs, *targets] if len(each.shape) > 1}
    axes = [len(each.shape) for each in [*inputs, *targets]]
    every = bool(targets) and len(shapes) == 1 and min(axes) > 1
    length = int(inputs[0].shape[1]) if len(inputs[0].shape) > 1 else 0
    if window is not None and length and window > length:
        raise DataError(
            f"window={window} is longer than the data, {length} steps; give at most {length}."
        )
    if window is not None and not every and window != length:
        raise ConfigError(
            "window", "left out where x has one target a sample", window,
            f"The samples are windows of {length} steps already.",
        )  # fmt: skip
    apart = samples == 1 or not every or not _overlap(inputs[0], stride)
    if window is not None and window != length and not apart:
        raise ConfigError(
            "window", "left out where samples share steps", window,
            f"They are windows of {length} steps over a series already.",
        )  # fmt: skip
    whole = not every or not apart or window == length
    if whole or (window is None and samples >= ENOUGH):
        if any(len(part) != samples for part in [*inputs, *targets]):
            return x, y, _Cut(None, None, ())
        places = spread(samples, most)
        if len(places) == samples:
            return x, y, _Cut(None, None, ())
        take = _taking(places)
        note = f"{len(places):,} of {samples:,} samples, evenly spread."
        return _mapped(x, take), _mapped(y, take), _Cut(places, None, (note,))
    steps = window or min(USUAL, max(length // 2, 1))
    return _windows(x, y, samples, length, steps, stride, most)


def _overlap(values: Any, stride: int | None) -> bool:
    """Whether samples are windows over a series: by their first ones, or since the user says so."""
    if stride is not None:
        return bool(stride < values.shape[1])
    return overlap(followers(_numpy(values[:MOST_COMPARED]))[0])


def _windows(
    x: Any, y: Any, samples: int, length: int, steps: int, stride: int | None, most: int
) -> tuple[Any, Any, _Cut]:
    offsets = np.arange(0, length - steps + 1, stride or 1)
    places = spread(samples * len(offsets), most)
    taken, starts = places // len(offsets), offsets[places % len(offsets)]

    def cut(part: Any) -> np.ndarray:
        values = _numpy(part)
        return np.asarray(values[taken[:, None], starts[:, None] + np.arange(steps)])

    note = (
        f"{len(places):,} windows of {steps} steps, cut from {samples:,} "
        f"{'sequence' if samples == 1 else 'sequences'} of {length:,} steps; the model starts "
        "afresh in each."
    )
    return _mapped(x, cut), _mapped(y, cut), _Cut(taken, starts, (note,))


def _numpy(part: Any) -> np.ndarray:
    torch = sys.modules.get("torch")
    if torch is not None and isinstance(part, torch.Tensor):
        part = part.detach().cpu().numpy()
    return np.asarray(part)


def _taking(places: np.ndarray) -> Any:
    return lambda part: _numpy(part)[places]


def _read(model: Any, known: Facts, x: Any, y: Any, *, arrays: bool, batch_first: bool) -> Data:
    """What the adapters read, in as many parts as they need: one reads a beginning only."""

    def read(x: Any, y: Any) -> Data:
        return read_data(model, known, x, y, batch_size=None, batch_first=batch_first)

    if not arrays or source_of(x) is not None:
        return read(x, y)
    parts = _parts(x) + (_parts(y) if y is not None else [])
    count = len(parts[0])
    size = min(samples_to_read(part) for part in parts)
    if count <= size or any(len(part) != count for part in parts):
        return read(x, y)
    found = []
    for first in range(0, count, size):
        part = slice(first, first + size)
        found.append(read(_mapped(x, lambda a, p=part: a[p]), _mapped(y, lambda a, p=part: a[p])))
    return replace(
        found[0],
        sources=_joined([each.sources for each in found]),
        targets=_joined([each.targets for each in found]),
    )


def _joined(signals: Sequence[Sequence[Signal]]) -> list[Signal]:
    return [
        replace(group[0], values=np.concatenate([each.values for each in group]))
        for group in zip(*signals, strict=True)
    ]

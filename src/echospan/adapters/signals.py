"""The inputs and outputs of a model that has several, by the names that its user gives them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np

Axes = Literal["time", "flat", "channels", "packed"]


@dataclass(frozen=True, eq=False)
class Signal:
    """One input with its values, or one output with its targets.

    Attributes:
        name: What the user calls it; empty where there is only one.
        place: How the user's own code reaches it, such as ``x["note"]`` or ``y``.
        values: A beginning of its values (samples, ...).
        number: Its place among the model's own inputs or outputs, in flat order.
        integers: Whether its values are symbols for an embedding.
        sequence: Whether it has a time axis.
        fixed: Whether it stands in a tuple, whose parts cannot be set.
        axes: How the model is given it: as it stands here; "flat", (samples, time) for the one
            feature; "channels", (samples, features, time); or "packed", as a packed sequence, whose
            samples end before the zeros behind them.
    """

    name: str
    place: str
    values: np.ndarray
    number: int = 0
    integers: bool = False
    sequence: bool = True
    fixed: bool = False
    axes: Axes = "time"

    @property
    def whole_numbers(self) -> bool:
        """Whether it holds symbols, lengths or a mask.

        Whole numbers along a feature axis are measured; without one they mean something else.
        """
        kind = self.values.dtype.kind
        return self.integers or kind == "b" or (kind in "iu" and self.values.ndim < 3)


@dataclass(frozen=True)
class Structure:
    """How a user nests several inputs: an array, a tuple, a list or a dictionary of arrays.

    Attributes:
        kind: Which of these.
        names: Keys of a dictionary, in flat order; else the places as text.
    """

    kind: Literal["array", "tuple", "list", "dict"] = "array"
    names: tuple[str, ...] = ("",)

    @classmethod
    def of(cls, given: Any) -> Structure:
        """That of a user's inputs."""
        named = named_arrays("x", given)
        if named is None:
            return cls()
        names = tuple(name for name, _, _ in named)
        if isinstance(given, Mapping):
            return cls("dict", names)
        return cls("tuple" if isinstance(given, tuple) else "list", names)

    def flat(self, given: Any) -> list[Any]:
        """The arrays of inputs that are nested like this, in flat order."""
        if self.kind == "array":
            return [given]
        return [given[name] for name in self.names] if self.kind == "dict" else list(given)

    def pack(self, flat: Sequence[Any]) -> Any:
        """Flat inputs, nested like this."""
        if self.kind == "array":
            return flat[0]
        if self.kind == "dict":
            return dict(zip(self.names, flat, strict=True))
        return tuple(flat) if self.kind == "tuple" else list(flat)


def named_arrays(variable: str, given: Any) -> list[tuple[str, str, Any]] | None:
    """Name, place and value of each part of a list, tuple or dictionary of arrays.

    Args:
        variable: What the user's code calls the whole, such as ``x``.
        given: The whole.

    Returns:
        The parts, those of a dictionary by name; None for a single array.
    """
    if isinstance(given, Mapping):
        return [(str(key), f'{variable}["{key}"]', given[key]) for key in sorted(given)]
    if isinstance(given, list | tuple) and given and all(_array(part) for part in given):
        return [(str(place), f"{variable}[{place}]", part) for place, part in enumerate(given)]
    return None


def _array(value: Any) -> bool:
    return len(getattr(value, "shape", ())) > 0


def with_time(signals: Sequence[Signal]) -> list[Signal]:
    """The inputs, each with whether it has a time axis.

    Symbols may be a single step only where other inputs are such, too: else they name a sample.
    """
    steps = {signal.values.shape[1] for signal in signals if signal.values.ndim >= 3}
    return [
        replace(
            signal,
            sequence=signal.values.ndim >= 3
            or (signal.integers and (signal.values.shape[1] > 1 or steps <= {1})),
        )
        for signal in signals
    ]


def as_many(
    sources: Sequence[Signal], targets: Sequence[Signal]
) -> tuple[list[Signal], list[Signal]]:
    """The same number of samples of each, from the first."""
    count = min(len(signal.values) for signal in [*sources, *targets])
    inputs, outputs = (
        [replace(signal, values=signal.values[:count]) for signal in signals]
        for signals in (sources, targets)
    )
    return inputs, outputs

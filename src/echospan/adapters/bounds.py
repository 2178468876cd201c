"""What the outputs of a model can be at all, as its last operations say."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from math import inf

RANGES: dict[str, tuple[float, float]] = {
    "sigmoid": (0.0, 1.0),
    "hard_sigmoid": (0.0, 1.0),
    "softmax": (0.0, 1.0),
    "tanh": (-1.0, 1.0),
    "hard_tanh": (-1.0, 1.0),
    "softsign": (-1.0, 1.0),
    "relu": (0.0, inf),
    "relu6": (0.0, 6.0),
    "softplus": (0.0, inf),
    "exponential": (0.0, inf),
    "elu": (-1.0, inf),
    "gelu": (-0.17, inf),
    "silu": (-0.2785, inf),
    "mish": (-0.3089, inf),
}
"""Least and greatest value of each activation."""


@dataclass(frozen=True)
class Bounds:
    """The range of one output, whatever the weights and inputs.

    Attributes:
        low: Its values are never below.
        high: Its values are never above.
        by: What bounds them: ``sigmoid``, ``LSTM`` and the like.
        layer: Name of that layer or path of that module; empty for a plain function.
        changeable: Whether the layer has an activation that can be set to another.
    """

    low: float
    high: float
    by: str
    layer: str = ""
    changeable: bool = False


def of_activation(name: str, layer: str = "", *, changeable: bool = False) -> Bounds | None:
    """The bounds that an activation sets; None where it sets none."""
    if name not in RANGES:
        return None
    return Bounds(*RANGES[name], name, layer, changeable)


def of_recurrent(kind: str, activation: str, gate: str, layer: str = "") -> Bounds | None:
    """The bounds of the outputs of an LSTM, a GRU or a simple recurrent layer.

    An LSTM's are the activation of its cell times a gate, a GRU's are means of activations.
    """
    inner = RANGES.get(activation)
    if inner is None or (kind != "SimpleRNN" and RANGES.get(gate) != (0.0, 1.0)):
        return None
    low, high = inner
    # A gate below one, and a start from zero, bring values nearer to zero, never further away.
    return Bounds(min(low, 0.0), max(high, 0.0), kind, layer)


def union(every: Iterable[Bounds | None]) -> Bounds | None:
    """Bounds of parts that are laid side by side; None where one part has none."""
    parts = list(every)
    known = [part for part in parts if part is not None]
    if not parts or len(known) < len(parts):
        return None
    low, high = min(part.low for part in known), max(part.high for part in known)
    names = {(part.by, part.layer, part.changeable) for part in known}
    if len(names) == 1:
        return replace(known[0], low=low, high=high)
    return Bounds(low, high, " and ".join(sorted({part.by for part in known})))


def product(one: Bounds | None, other: Bounds | None) -> Bounds | None:
    """Bounds of the product of two; None where it has none."""
    if one is None or other is None or inf in (one.high, other.high):
        return None
    corners = [a * b for a in (one.low, one.high) for b in (other.low, other.high)]
    return Bounds(min(corners), max(corners), f"{one.by} times {other.by}")


def times(bounds: Bounds | None, factor: float) -> Bounds | None:
    """Bounds of a multiple; None where it has none."""
    if bounds is None or factor == 0 or (factor < 0 and bounds.high == inf):
        return None
    low, high = sorted((bounds.low * factor, bounds.high * factor))
    return Bounds(low, high, f"{bounds.by} times {factor:g}", bounds.layer)

"""What became of a mask in one call of a model, layer by layer."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class MaskStep:
    """One call of a layer or an operation.

    Attributes:
        name: The layer's name.
        kind: Its class.
        layer: Whether it is a layer, or else an operation such as ``+``.
        came: Whether a mask came in.
        went: Whether one went out, as the layer promises it.
        by_chance: Whether one went out although the layer passes none on: it gave back the very
            tensor that it got, as some backends do where a shape stays the same.
        uses: Whether its call takes a mask.
        steps: Time steps of its first input; 0 where it has no time axis.
    """

    name: str
    kind: str
    layer: bool
    came: bool
    went: bool
    uses: bool
    steps: int
    by_chance: bool = False

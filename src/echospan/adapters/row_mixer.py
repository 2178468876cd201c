"""The part of a model in which rows of a batch meet."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class RowMixer:
    """A layer behind which one row's numbers depend on another's.

    Attributes:
        name: The layer's full name.
        kind: Its class.
        inside: Whether rows meet in it, or else on the way to it.
        time_first: Whether it is a layer of torch that takes (time, batch, ...) as it is set.
        line: Where it is a function along the batch axis: the line that calls it.
    """

    name: str
    kind: str
    inside: bool
    time_first: bool = False
    line: str = ""

"""Reshapes inside a model: what shapes they turn into each other, and where they stand."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Reshape:
    """One reshape, view or flatten in a call of a model.

    Attributes:
        before: The shape that it gets, (batch, ...).
        after: The shape that it makes.
        where: The line of the user's code, or the name of a layer.
        reader: What reads the result directly, such as ``conv1d``; empty where that is not known.
    """

    before: tuple[int, ...]
    after: tuple[int, ...]
    where: str
    reader: str = ""

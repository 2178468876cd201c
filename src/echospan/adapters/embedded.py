"""What the embeddings of a model are given."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, eq=False)
class Table:
    """One embedding, with the numbers that reach it.

    Attributes:
        name: Of the layer or module.
        rows: Rows of its table: it takes the integers 0 to rows - 1.
        given: The numbers that it is given; those before a cast to integers, where one is made.
        source: Number of the input that they come from; None where that is not known.
        padding: The index that stands for padding, where it says so; None otherwise.
        casts: What cuts them to integers: the layer, or the module's own code; empty for nothing.
    """

    name: str
    rows: int
    given: np.ndarray
    source: int | None
    padding: int | None = None
    casts: str = ""

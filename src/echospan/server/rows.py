"""The states of all sessions of a model, one row each."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

FIRST_ROWS = 256


class Rows:
    """Arrays whose row j is the state of one session; they grow as rows are taken.

    Args:
        zero: The state of one row at the start of a sequence, an array for each part of it.
    """

    def __init__(self, zero: Sequence[np.ndarray]) -> None:
        self._zero = list(zero)
        self._parts = [np.repeat(part[None], FIRST_ROWS, axis=0) for part in self._zero]
        self._free = list(range(FIRST_ROWS - 1, -1, -1))
        self._room = FIRST_ROWS

    def take(self) -> int:
        """A row at the start of a sequence."""
        if not self._free:
            self._free = list(range(2 * self._room - 1, self._room - 1, -1))
            self._parts = [
                np.concatenate([part, np.repeat(zero[None], self._room, axis=0)])
                for part, zero in zip(self._parts, self._zero, strict=True)
            ]
            self._room *= 2
        row = self._free.pop()
        self.reset(row)
        return row

    def give_back(self, row: int) -> None:
        """Let the row be taken by another session."""
        self._free.append(row)

    def reset(self, row: int) -> None:
        """Go back to the start of a sequence."""
        for part, zero in zip(self._parts, self._zero, strict=True):
            part[row] = zero

    def gather(self, rows: Sequence[int]) -> list[np.ndarray]:
        """Copies of some rows: (rows, ...) for each part."""
        chosen = np.asarray(rows)
        return [part[chosen] for part in self._parts]

    def scatter(self, rows: Sequence[int], states: Sequence[np.ndarray]) -> None:
        """Replace some rows."""
        chosen = np.asarray(rows)
        for part, state in zip(self._parts, states, strict=True):
            part[chosen] = state

"""Where the answers of a call lie in time; `placing` finds it in the data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Place:
    """Where the answers lie.

    Attributes:
        kind: ``within``: the first answer stands on a step of the window, or before it; ``behind``:
            it comes after the window's last step; ``open``: the data do not say it.
        offset: Step of the window on which the first answer stands: 0 is its first, its length the
            first step behind it. None where that is open.
        horizon: Answers that follow each other in time.
    """

    kind: Literal["within", "behind", "open"]
    offset: int | None
    horizon: int


OPEN = Place("open", None, 1)
"""Nothing is known."""

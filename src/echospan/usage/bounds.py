"""Paired block bootstrap over windows, with bounds that hold for all curves together."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from echospan.errors import DataError
from echospan.measure.intervals import normal_quantile
from echospan.measure.student import student_quantile

DRAWS = 2_000
"""Draws of the bootstrap."""

LEVEL = 0.95
"""Confidence of all intervals."""

FEWEST = 3
"""Windows that share nothing, below which a bootstrap says nothing."""


@dataclass(frozen=True, eq=False)
class Bootstrap:
    """Draws of blocks of windows, the same for all that is compared.

    Attributes:
        firsts: First window of each block that is drawn, (draws, blocks), on a circle of windows.
        length: Windows of a block.
        windows: How many windows there are.
        independent: Blocks that fit among them: about as many share nothing.
    """

    firsts: np.ndarray
    length: int
    windows: int
    independent: int

    @classmethod
    def of(cls, windows: int, block: int, seed: int) -> Bootstrap:
        """Draw blocks.

        Args:
            windows: How many there are, in the order of time.
            block: Windows that share steps; longer blocks are taken where these are short, since
                neighbours resemble each other.
            seed: Of the draws.

        Raises:
            DataError: Hardly any windows are independent.
        """
        length = max(block, math.ceil(windows ** (1 / 3)))
        if windows < FEWEST * length:
            raise DataError(
                f"The {windows:,} windows overlap so much that fewer than {FEWEST} share no step: "
                "too little data for windows of this length. Give more data, or shorter windows."
            )
        rng = np.random.default_rng([seed, 11])
        firsts = rng.integers(0, windows, (DRAWS, math.ceil(windows / length)))
        return cls(firsts, length, windows, windows // length)

    def errors(self, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Standard errors of the means of rows, (rows,), and the draws' deviations from them.

        Args:
            rows: Numbers (rows, windows).
        """
        drawn = np.stack([self._drawn(row - row.mean()) for row in rows])
        few = self.independent
        # So many independent blocks make the spread of the draws that much too small.
        return drawn.std(1) * math.sqrt(few / max(few - 1, 1)), drawn

    def _drawn(self, centred: np.ndarray) -> np.ndarray:
        circle = np.concatenate([[0.0], np.cumsum(np.concatenate([centred, centred]))])
        sums = (circle[self.firsts + self.length] - circle[self.firsts]).sum(1)
        many = self.firsts.shape[1] * self.length
        # Whole blocks are a few windows more than there are.
        return np.asarray(sums / many * math.sqrt(many / self.windows))


def simultaneous(bootstrap: Bootstrap, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Lower and upper bounds of the means of rows that hold for all rows together.

    Args:
        bootstrap: The draws.
        rows: Numbers (rows, windows).

    Returns:
        Lower and upper bounds, (rows,) each.
    """
    means = rows.mean(1)
    errors, drawn = bootstrap.errors(rows)
    known = errors > 1e-12 * np.maximum(np.abs(means), 1e-300)
    if not known.any():
        return means, means.copy()
    largest = np.abs(drawn[known] / errors[known, None]).max(0)
    width = float(np.quantile(largest, LEVEL))
    # The errors are estimated, too: from as many blocks.
    freedom = max(bootstrap.independent - 1, 1)
    width *= student_quantile(LEVEL, freedom) / normal_quantile(LEVEL)
    return means - width * errors, means + width * errors


def shown_positive(bootstrap: Bootstrap, values: np.ndarray) -> bool:
    """Whether a mean is above 0 at one-sided 95 %.

    Args:
        bootstrap: The draws.
        values: Numbers (windows,).
    """
    (error,), _ = bootstrap.errors(values[None])
    # Two-sided 90 % is one-sided 95 %.
    wide = student_quantile(0.9, max(bootstrap.independent - 1, 1))
    return bool(values.mean() > wide * error)

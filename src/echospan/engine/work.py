"""How much work goes into one call of a compiled program, so that a signal never waits for long."""

from __future__ import annotations

import math
from typing import Any

SECONDS = 0.25
"""How long a call should take."""

MULTIPLICATIONS_PER_SECOND = 1e10
"""Of one core, roughly."""

SECONDS_PER_UPDATE = 2e-5
"""At least, however small the model is."""

SMALL = 4
"""Work of this many calls is still done in one: users' small data keeps its one program."""


def batches_at_once(weights: int, x: Any, rows: int) -> int:
    """Batches of a user's samples in one call.

    Args:
        weights: Numbers in the model's weights.
        x: Its inputs, a tree of arrays (samples, ...).
        rows: Samples in a batch.
    """
    import jax

    leaves = jax.tree.leaves(x)
    samples = int(leaves[0].shape[0])
    # Each weight is used at each step; numbers that are no features of a step count as steps.
    steps = max(math.prod(leaf.shape[1:-1]) if leaf.ndim > 2 else 1 for leaf in leaves)
    whole = max(1, samples // rows)
    if 2.0 * weights * steps * samples < SMALL * SECONDS * MULTIPLICATIONS_PER_SECOND:
        return whole
    return at_once(2.0 * weights * steps * rows, whole, whole)


def seconds_of_epoch(weights: int, batches: Any) -> float:
    """A rough time of one epoch on one core.

    Args:
        weights: Numbers in the model's weights.
        batches: Its batches, of which the first leaf is inputs (updates, rows, ...).
    """
    import jax

    leaf = jax.tree.leaves(batches)[0]
    updates, rows, *axes = leaf.shape
    steps = math.prod(axes) if leaf.dtype.kind in "iu" else math.prod(axes[:-1])
    # Forward, and twice that backward; a multiplication and an addition each.
    multiplications = 6.0 * weights * rows * max(steps, 1)
    each = max(SECONDS_PER_UPDATE, multiplications / MULTIPLICATIONS_PER_SECOND)
    return float(updates * each)


def at_once(multiplications: float, pieces: int, most: int) -> int:
    """How many of equal pieces of work make one call, all calls alike.

    Which pieces share a call changes no number: each is computed as if it were alone, or from what
    the one before left.

    Args:
        multiplications: Of one piece, at least: weights times the steps that they are used at.
        pieces: Pieces in all.
        most: Pieces in one call at most.
    """
    affordable = SECONDS * MULTIPLICATIONS_PER_SECOND / max(multiplications, 1.0)
    # A loop of a single round is compiled as no loop at all, which may round otherwise.
    each = min(most, max(2, int(affordable)))
    calls = -(-pieces // each)
    return -(-pieces // calls)

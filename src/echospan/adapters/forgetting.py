"""Random weights for probes: what those of all frameworks have in common."""

from __future__ import annotations

import numpy as np

FORGETTING = (1.0, 4.0, 7.0)
"""Bias of the gates that keep the state, draw by draw: from quickly forgetting to hardly at all."""


def generator(seed: int) -> np.random.Generator:
    """The random numbers of one draw of weights."""
    return np.random.default_rng(1_000 + seed)


def keeping(bias: np.ndarray, gate: slice, seed: int) -> np.ndarray:
    """Let a gate keep the state for longer, draw by draw.

    Args:
        bias: Of all gates of a cell; is changed.
        gate: Where the gate's own stand, on the last axis.
        seed: Number of the draw.
    """
    bias[..., gate] += FORGETTING[seed % len(FORGETTING)]
    return bias


def orthogonal(shape: tuple[int, ...], rng: np.random.Generator) -> np.ndarray:
    """Recurrent weights of a simple cell, which keep the length of its state."""
    return np.asarray(np.linalg.qr(rng.normal(size=shape))[0])


def faint(value: np.ndarray, seed: int) -> np.ndarray:
    """Input weights of a simple cell: a small signal stays where its activation is nearly linear.

    It is kept longer there.
    """
    return np.asarray(value * 0.03**seed)

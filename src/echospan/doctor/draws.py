"""Random inputs for the probes that stay within what the user's own inputs can be.

A number that is 0 or 1 may be a mask, and one that is never negative may stand under a root or a
logarithm: a draw outside makes numbers that mean nothing to the model.
"""

from __future__ import annotations

from typing import Literal

import numpy as np

from echospan.doctor.streams import one_hot

Range = Literal["any", "positive", "flags"]


def range_of(values: np.ndarray) -> Range:
    """What an input can be: any number, none below zero, or 0 and 1 alone.

    One-hot vectors are no flags: they are symbols, and a model multiplies them with its weights.

    Args:
        values: The user's own (samples, ...).
    """
    if values.dtype.kind == "b":
        return "flags"
    if values.dtype.kind not in "fiu" or not values.size or values.min() < 0:
        return "any"
    if values.max() <= 1 and ((values == 0) | (values == 1)).all():
        if values.ndim > 2 and one_hot(values) is not None:
            return "any"
        # Zeros alone are a start state, and whole ones alone may be lengths.
        one = values.all() if values.dtype.kind != "f" else False
        return "any" if one or not values.any() else "flags"
    return "positive"


def drawn(kind: Range, rng: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
    """Random numbers of a range."""
    if kind == "flags":
        return rng.integers(0, 2, shape).astype("float64")
    found = rng.normal(size=shape)
    return np.abs(found) if kind == "positive" else found


def another(kind: Range, value: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Numbers of the same range, each different from the one given."""
    if kind == "flags":
        return np.asarray(1 - value)
    size = 1 + rng.random(value.shape)
    sign = rng.choice([-1, 1], value.shape) if kind == "any" else 1
    return np.asarray(value + sign * size)


def held(own: np.ndarray, kind: Range, seed: int) -> np.ndarray:
    """An input beside the one that is probed, for one draw.

    Flags are a mask most of the time: all of it set, as the user has it, none of it set. Whatever a
    mask means, one of these lets every step through. A mask of steps by steps stays as it is.

    Args:
        own: The user's own values (rows, ...).
        kind: Their range.
        seed: Of the draw.
    """
    if kind == "flags":
        square = own.ndim > 2 and own.shape[-1] == own.shape[-2]
        if square or seed % 3 == 1:
            return own
        return np.full_like(own, 1 if seed % 3 == 0 else 0)
    if own.dtype.kind != "f":
        # Symbols and lengths mean something: these stay the user's own.
        return own
    return drawn(kind, np.random.default_rng(2_000 + seed), own.shape)


def differ(first: np.ndarray, second: np.ndarray, precision: str = "float64") -> np.ndarray:
    """Where two outputs differ; what is not a number in either says nothing.

    In double precision every change counts. Below it a change must exceed what is rounded, for a
    layer may add up in another order.
    """
    with np.errstate(invalid="ignore"):
        gap = np.abs(first - second)
    gap = np.where(np.isfinite(gap), gap, 0.0)
    if precision == "float64":
        return np.asarray(gap > 0)
    known = np.abs(first[np.isfinite(first)])
    return np.asarray(gap > ROUNDED.get(precision, 1e-6) * max(known.max(initial=0.0), 1e-30))


ROUNDED = {"float32": 1e-6, "bfloat16": 3e-2, "float16": 4e-3}
"""Share of the largest output below which a change may be rounding, by float type."""

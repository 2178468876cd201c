"""The best constant answer under a loss: what a model reaches that has learned nothing else."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from echospan.adapters.loss_call import LossCall

ROUNDS = 60
"""Halvings of the interval in which the best constant of a Huber loss lies."""

LEAST = 1e-7
"""The least share of a class whose logarithm is taken."""


def best_constant(
    y: np.ndarray,
    shape: tuple[int, ...],
    call: LossCall | None,
    score: Callable[[np.ndarray], float],
) -> tuple[np.ndarray, np.ndarray] | None:
    """The constant of the least loss, and the answers that repeat it.

    Args:
        y: Targets (samples, ...).
        shape: Of one sample's output.
        call: The known loss; of one that is not known, mean and median are tried.
        score: The loss of answers (samples, *shape).

    Returns:
        The constant: one number for each column of the output, or the share of each class; and
        answers (samples, *shape), as the loss takes them. None for targets that don't fit.
    """
    if call is not None and call.kind in ("sparse", "categorical", "divergence"):
        return _classes(y, shape, call) if call.kind != "divergence" else None
    flat, columns = _columns(y, shape)
    if call is not None and call.kind == "binary":
        share = np.clip(flat.mean(0), LEAST, 1 - LEAST)
        answer = np.log(share / (1 - share)) if call.takes == "logits" else share
        return share, _repeated(answer, len(y), shape, columns=columns)
    kind = "" if call is None else call.kind
    tried = [_huber(flat, call.delta)] if call is not None and kind == "huber" else []
    tried += [flat.mean(0)] if kind in ("squared", "") else []
    tried += [np.median(flat, axis=0)] if kind in ("absolute", "") else []
    answers = [_repeated(constant, len(y), shape, columns=columns) for constant in tried]
    scores = [score(answer) for answer in answers] if len(tried) > 1 else [0.0]
    best = int(np.nanargmin(scores)) if np.isfinite(scores).any() else 0
    return tried[best], answers[best]


def _columns(y: np.ndarray, shape: tuple[int, ...]) -> tuple[np.ndarray, bool]:
    """Targets (answers, columns), and whether each column has a constant of its own."""
    width = shape[-1] if shape else 1
    y = np.asarray(y, "float64")
    if y.ndim > 1 and y.shape[-1] == width:
        return y.reshape(-1, width), True
    return y.reshape(-1, 1), False


def _repeated(
    constant: np.ndarray, rows: int, shape: tuple[int, ...], *, columns: bool
) -> np.ndarray:
    one = np.broadcast_to(constant if columns else constant[0], shape)
    return np.broadcast_to(one, (rows, *shape)).astype("float32")


def _huber(flat: np.ndarray, delta: float) -> np.ndarray:
    """Where the slopes of a Huber loss add up to nothing, by halving."""
    low, high = flat.min(0), flat.max(0)
    for _ in range(ROUNDS):
        middle = (low + high) / 2
        rises = np.clip(middle - flat, -delta, delta).sum(0) > 0
        low, high = np.where(rises, low, middle), np.where(rises, middle, high)
    return np.asarray((low + high) / 2)


def _classes(
    y: np.ndarray, shape: tuple[int, ...], call: LossCall
) -> tuple[np.ndarray, np.ndarray] | None:
    number = call.classes
    sides = [axis for axis, side in enumerate(shape) if side == number]
    if not sides:
        return None
    # torch's classes stand first, those of a loss that flattens its outputs last.
    axis = sides[0] if call.axis == 1 and call.outputs.ndim == len(shape) + 1 else sides[-1]
    if call.kind == "categorical":
        if y.ndim != len(shape) + 1 or y.shape[axis + 1] != number:
            return None
        counts = np.moveaxis(y, axis + 1, -1).reshape(-1, number).astype("float64")
        shares = counts.mean(0) / max(counts.sum(-1).mean(), LEAST)
    else:
        flat = y.ravel().astype("int64")
        flat = flat[(flat != call.ignored) & (flat >= 0) & (flat < number)]
        shares = np.bincount(flat, minlength=number) / max(len(flat), 1)
    answer = np.clip(shares, LEAST, 1.0)
    answer = answer if call.takes == "probabilities" else np.log(answer)
    sized = answer.reshape([number if place == axis else 1 for place in range(len(shape))])
    return shares, np.broadcast_to(sized, (len(y), *shape)).astype("float32")


def most_common_share(y: np.ndarray, ignored: int | None = None) -> tuple[float, float] | None:
    """The most common class and its share; None where there is none.

    Args:
        y: Classes (samples, ...), or one-hot vectors along the last axis.
        ignored: A class that is not scored.
    """
    y = np.asarray(y)
    hot = y.ndim > 1 and y.shape[-1] > 1 and ((y == 0) | (y == 1)).all() and (y.sum(-1) == 1).all()
    values = y.argmax(-1) if hot else y
    values = values[values >= 0]
    values = values if ignored is None or hot else values[values != ignored]
    if not values.size:
        return None
    found, counts = np.unique(values, return_counts=True)
    return float(found[counts.argmax()]), float(counts.max() / counts.sum())

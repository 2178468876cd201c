"""Which values of the window carry the gain: without each of them, and each alone."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from statistics import NormalDist

import numpy as np

from echospan.lookback.bootstrap import LEVEL, PairedLosses
from echospan.lookback.curve import fold_of_rows
from echospan.lookback.folds import FloatArray, FoldRows
from echospan.lookback.mixing import number_weights
from echospan.lookback.neighbours import Neighbours
from echospan.lookback.ridge import Moments
from echospan.lookback.seen import Seen
from echospan.lookback.windows import visible
from echospan.results.needs import NeedsLag

MOST_INPUTS = 128
"""Values of a window beyond which it is not asked which of them count."""

FEW = 12
"""Values of a window up to which neighbours are asked without each of them."""

NOTHING, ALL = -1, -2
"""Keys: the best constant, all inputs. A number from 0 on is that input alone."""


def number_lags(
    seen: Seen,
    names: Sequence[str],
    folds: Sequence[FoldRows],
    lookback: int,
    horizon: int,
    block: int,
    seed: int,
    stop: Callable[[], bool] | None = None,
) -> tuple[NeedsLag, ...]:
    """The lags and columns that are shown to tell something, at one lookback.

    Args:
        seen: Numbers, and what is asked.
        names: Of the columns.
        folds: As for the curve.
        lookback: The one that the data need.
        horizon: Steps between the newest visible value and the target.
        block: Rows of a block of the bootstrap.
        seed: Of the bootstrap.
        stop: Asked between two folds.

    Returns:
        One row for each, the shortest lag first; none beyond 128 values a window.
    """
    inputs = lookback * len(names)
    if not lookback or inputs > MOST_INPUTS:
        return ()
    parts = []
    for fold in folds:
        if stop is not None and stop():
            return ()
        parts.append(_losses(seen, fold, lookback, horizon, inputs))
    joined = {key: np.concatenate([part[key] for part in parts]) for key in parts[0]}
    # The keys stand for sets of inputs here, not for lookbacks.
    losses = PairedLosses(joined, fold_of_rows(folds), block, seed)
    gain = losses.mean(NOTHING) - losses.mean(ALL)
    if gain <= 0:
        return ()
    far = NormalDist().inv_cdf(1 - LEVEL / inputs)
    found = []
    for one in range(inputs):
        alone = losses.difference(one, NOTHING)
        beyond = losses.difference(ALL, inputs + one) if inputs > 1 else (gain, alone[1])
        told = [share if share > far * error else None for share, error in (beyond, alone)]
        if any(each is not None for each in told):
            shares = [None if each is None else min(each / gain, 1.0) for each in told]
            step, column = divmod(one, len(names))
            found.append(NeedsLag(step + horizon, names[column], *shares))
    return tuple(found)


def _losses(
    seen: Seen, fold: FoldRows, lookback: int, horizon: int, inputs: int
) -> dict[int, FloatArray]:
    """Squared errors on the scored rows by key; ``inputs + i`` is all but the input i."""
    every = np.arange(inputs)
    kept = {ALL: every, **{one: every[[one]] for one in range(inputs)}}
    if inputs > 1:
        kept |= {inputs + one: np.delete(every, one) for one in range(inputs)}
    train, choose, score = (
        visible(seen.inputs, part, lookback, horizon)
        for part in (fold.train, fold.choose, fold.score)
    )
    linear = Moments(train, seen.targets[fold.train])
    choose, score = linear.standard(choose), linear.standard(score)
    wanted, answers = seen.targets[fold.choose], seen.targets[fold.score]
    asked = {key: used for key, used in kept.items() if inputs <= FEW or len(used) == 1}
    near = Neighbours(anchor=False).of_inputs(seen, fold, asked, lookback, horizon)
    found = {NOTHING: (answers - seen.targets[fold.train].mean()) ** 2}
    for key, used in kept.items():
        guesses = [linear.predict(used, choose, wanted, score)]
        if key in near:
            guesses.append(near[key])
        weights = number_weights([guess[0] for guess in guesses], wanted)
        mixed = sum(w * guess[1] for w, guess in zip(weights, guesses, strict=True))
        found[key] = (answers - mixed) ** 2
    return found

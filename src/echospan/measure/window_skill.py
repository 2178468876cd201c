"""Whether windows of values predict their targets: a quick test by small fits.

Each fit is a ridge regression on a map of the window, or its nearest neighbours. It is held out by
contiguous blocks, so that windows which overlap do not tell each other's targets, and compared with
the same fit on targets in another order. Classes are fitted as one column a class.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from echospan.measure.ridge import Ridge
from echospan.measure.window_maps import number_maps, symbol_maps

FEWEST = 40
"""Windows without which nothing can be said."""
MOST = 1_000
"""Windows that are fitted; of more, blocks are taken."""
BLOCKS = 8
FOLDS = 4
ORDERS = 39
"""Other orders of the targets: by chance one in forty tests takes noise for a relation."""
MOST_TARGETS = 8
MOST_CLASSES = 16
PENALTIES = (1e-4, 1e-2, 1.0, 10.0)
NEIGHBOURS = 5


@dataclass(frozen=True)
class WindowSkill:
    """How well windows predict their targets.

    Attributes:
        skill: Share of the targets' variance that the best fit explains on windows that it was not
            fitted to; at most 1, below 0 where it does worse than the mean.
        chance: The most that the same fits explain of targets in another order.
        fit: The fit that stands out most from the other orders.
        predicts: Whether some fit does better than in each of the other orders.
        windows: Windows that were looked at.
    """

    skill: float
    chance: float
    fit: str
    predicts: bool
    windows: int


def window_predicts(
    windows: np.ndarray,
    targets: np.ndarray,
    *,
    symbols: bool = False,
    classes: bool = False,
    together: int = 1,
    seed: int = 0,
) -> WindowSkill | None:
    """Test whether windows predict their targets.

    Args:
        windows: Numbers (windows, time, features), in the order of time; NaN where a step is
            absent. Symbols stand in one feature.
        targets: Numbers (windows, targets), NaN where not known, or classes (windows, 1).
        symbols: Whether the windows hold symbols.
        classes: Whether the targets are classes.
        together: Neighbouring windows that overlap: they stay together in other orders, and those
            beside a block that is held out are not fitted to.
        seed: Of the other orders.

    Returns:
        The skill; None where there are too few windows, or where all targets are the same.

    Example:
        >>> import numpy as np
        >>> from echospan.measure import window_predicts
        >>> series = np.sin(np.arange(200) / 3)
        >>> windows = np.lib.stride_tricks.sliding_window_view(series[:-1], 10)[..., None]
        >>> found = window_predicts(windows, series[10:, None], together=10)
        >>> found.predicts, round(found.skill, 2)
        (True, 1.0)
    """
    columns = _columns(targets, classes=classes)
    known = np.flatnonzero(~np.isnan(columns).any(1))
    known = known[blocks_of(len(known))]
    if len(known) < FEWEST:
        return None
    columns = columns[known]
    varies = columns.std(0) > 1e-12 * (np.abs(columns).max(0) + 1e-300)
    if not varies.any():
        return None
    columns = columns[:, varies]
    columns = (columns - columns.mean(0)) / columns.std(0)
    tried = _in_orders(columns, together, np.random.default_rng(seed))
    folds = list(_folds(len(known), together))
    maps = symbol_maps(windows[known]) if symbols else number_maps(windows[known])
    scores: dict[str, np.ndarray] = {}
    for name, features in maps:
        scores[name] = _ridge_skill(features, tried, folds)
        if name == "linear":
            scores["neighbours"] = _neighbours_skill(features, tried, folds)
    names, table = list(scores), np.array(list(scores.values()))
    # Each fit by what it does in other orders, so that one that does badly there hides no other.
    beyond = (table - table[:, 1:].mean(1, keepdims=True)) / (
        table[:, 1:].std(1, keepdims=True) + 1e-3
    )
    most = beyond.max(0)
    return WindowSkill(
        skill=float(table[:, 0].max()),
        chance=float(table[:, 1:].max()),
        fit=names[int(beyond[:, 0].argmax())],
        predicts=bool(most[0] > most[1:].max()),
        windows=len(known),
    )


def _columns(targets: np.ndarray, *, classes: bool) -> np.ndarray:
    """Numbers to be fitted: some of many targets, or one column a class."""
    if not classes:
        some = np.linspace(0, targets.shape[1] - 1, min(targets.shape[1], MOST_TARGETS))
        return targets[:, np.unique(some.astype(int))]
    values, counts = np.unique(targets[~np.isnan(targets)], return_counts=True)
    values = values[np.argsort(-counts, kind="stable")][:MOST_CLASSES]
    columns = (targets[:, :1] == values).astype("float64")
    columns[np.isnan(targets[:, 0])] = np.nan
    # As a number, too: there may be an order among them.
    return np.concatenate([columns, targets[:, :1]], axis=1)


def blocks_of(count: int) -> np.ndarray:
    """Numbers of all, or of blocks that lie evenly among them."""
    if count <= MOST:
        return np.arange(count)
    size = MOST // BLOCKS
    starts = np.linspace(0, count - size, BLOCKS).astype(int)
    return (starts[:, None] + np.arange(size)).ravel()


def _in_orders(columns: np.ndarray, together: int, rng: np.random.Generator) -> np.ndarray:
    """The columns as they are, and in other orders (windows, 1 + orders, columns).

    Pieces change places whose lengths differ: equal ones would keep a season of that length.
    """
    count = len(columns)
    size = max(min(together, count // 16), 1)
    orders = [np.arange(count)]
    for _ in range(ORDERS):
        lengths = rng.integers((size + 1) // 2, size + size // 2 + 1, 2 * count // size + 2)
        pieces = np.split(np.arange(count), np.cumsum(lengths)[np.cumsum(lengths) < count])
        order = np.concatenate([pieces[number] for number in rng.permutation(len(pieces))])
        orders.append(np.roll(order, int(rng.integers(count))))
    return columns[np.array(orders).T]


def _folds(count: int, together: int) -> list[tuple[np.ndarray, np.ndarray]]:
    """Numbers to fit to, and numbers that are held out, of each fold."""
    block = np.arange(count) * BLOCKS // count
    gap = min(together - 1, count // BLOCKS // 4)
    folds = []
    for fold in range(FOLDS):
        held = block % FOLDS == fold
        near = held.copy()
        for shift in range(1, gap + 1):
            near[:-shift] |= held[shift:]
            near[shift:] |= held[:-shift]
        folds.append((np.flatnonzero(~near), np.flatnonzero(held)))
    return folds


def _ridge_skill(
    features: np.ndarray, tried: np.ndarray, folds: list[tuple[np.ndarray, np.ndarray]]
) -> np.ndarray:
    """Explained share of each order (orders,), with the penalty that suits each best."""
    wrong = np.zeros((len(PENALTIES), *tried.shape[1:]))
    total = np.zeros(tried.shape[1:])
    flat = tried.reshape(len(tried), -1)
    for fitted, held in folds:
        # By eigenvectors of the smaller product, once for all penalties and orders.
        x, y = features[fitted], flat[fitted]
        mean, level = x.mean(0), y.mean(0)
        centred = x - mean
        variances, axes = np.linalg.eigh(centred.T @ centred / len(x))
        fit = Ridge(mean, level, axes, variances, axes.T @ (centred.T @ (y - level)) / len(x))
        along = (features[held] - mean) @ axes
        for number, penalty in enumerate(PENALTIES):
            damped = np.maximum(variances, 0) + penalty * fit.mean_variance
            said = level + along @ (fit.shared / damped[:, None])
            wrong[number] += ((flat[held] - said) ** 2).sum(0).reshape(total.shape)
        total += ((flat[held] - level) ** 2).sum(0).reshape(total.shape)
    return np.asarray(1 - (wrong.sum(2) / total.sum(1)).min(0))


def _neighbours_skill(
    features: np.ndarray, tried: np.ndarray, folds: list[tuple[np.ndarray, np.ndarray]]
) -> np.ndarray:
    """Explained share of each order (orders,) by the mean of the nearest windows' targets."""
    wrong, total = np.zeros(tried.shape[1]), np.zeros(tried.shape[1])
    square = (features**2).sum(1)
    for fitted, held in folds:
        apart = square[fitted] - 2 * features[held] @ features[fitted].T
        nearest = np.argpartition(apart, NEIGHBOURS, axis=1)[:, :NEIGHBOURS]
        said = tried[fitted][nearest].mean(1)
        wrong += ((tried[held] - said) ** 2).sum((0, 2))
        total += ((tried[held] - tried[fitted].mean(0)) ** 2).sum((0, 2))
    return 1 - wrong / total

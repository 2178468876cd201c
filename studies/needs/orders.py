"""Rules of the literature that choose an order: how many past values a model is to be given.

Each takes a series and returns a lookback at horizon 1, of 0 to 64, or None where it doesn't apply.
"""

from __future__ import annotations

import warnings
from statistics import NormalDist

import numpy as np

from studies.needs.processes import Series

LONGEST = 64
SHUFFLES = 99
NEAREST = 3
"""Neighbours of the estimator of mutual information: scikit-learn's default."""

EACH = NormalDist().inv_cdf(1 - 0.05 / LONGEST)
"""Standard deviations at 5 % over all lags together."""


def is_symbols(series: Series) -> bool:
    """Whether the values are symbols, not numbers."""
    return series.dtype.kind == "i"


def twice_horizon(series: Series) -> int | None:
    """Twice the horizon, as in NeuralForecast's examples: 2."""
    return None if is_symbols(series) else 2


def _partial(series: Series, level: float) -> np.ndarray | None:
    """Whether each partial autocorrelation is significant (lags,), from lag 1."""
    if is_symbols(series) or series.ndim > 1:
        return None
    from statsmodels.tsa.stattools import pacf

    values, intervals = pacf(np.asarray(series, float), nlags=LONGEST, alpha=level)
    beyond: np.ndarray = np.abs(values) > (intervals[:, 1] - intervals[:, 0]) / 2
    return beyond[1:]


def _first_run(shown: np.ndarray | None) -> int | None:
    return None if shown is None else int(np.argmin(np.append(shown, False)))


def _largest(shown: np.ndarray | None) -> int | None:
    return None if shown is None else int(np.flatnonzero(shown)[-1]) + 1 if shown.any() else 0


def partial_first(series: Series) -> int | None:
    """The last lag of the first run of significant partial autocorrelations, at 5 %."""
    return _first_run(_partial(series, 0.05))


def partial_largest(series: Series) -> int | None:
    """The largest lag up to 64 whose partial autocorrelation is significant at 5 %."""
    return _largest(_partial(series, 0.05))


def partial_together(series: Series) -> int | None:
    """The same at 5 % over all 64 lags together."""
    return _largest(_partial(series, 0.05 / LONGEST))


def _autoregression(series: Series, criterion: str) -> int | None:
    if is_symbols(series):
        return None
    from statsmodels.tsa.ar_model import ar_select_order
    from statsmodels.tsa.vector_ar.var_model import VAR

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        if series.ndim > 1:
            chosen = VAR(np.asarray(series, float)).select_order(LONGEST)
            return int(chosen.selected_orders[criterion])
        lags = ar_select_order(np.asarray(series, float), LONGEST, ic=criterion).ar_lags
    return max(lags) if lags else 0


def autoregression_aic(series: Series) -> int | None:
    """The autoregression (of all columns) with the lowest AIC, of orders 0 to 64."""
    return _autoregression(series, "aic")


def autoregression_bic(series: Series) -> int | None:
    """The autoregression (of all columns) with the lowest BIC, of orders 0 to 64."""
    return _autoregression(series, "bic")


def _information(past: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Mutual information of each column of the past (time, columns) with the values (time,)."""
    from sklearn.feature_selection import mutual_info_regression
    from sklearn.metrics import mutual_info_score

    if values.dtype.kind == "i":
        return np.array([mutual_info_score(column, values) for column in past.T])
    found: np.ndarray = mutual_info_regression(
        past, values, n_neighbors=NEAREST, discrete_features=False, random_state=0
    )
    return found


def information(series: Series) -> tuple[np.ndarray, np.ndarray]:
    """Auto-mutual information by lag from 1 (lags,), and that of shuffled copies (copies,).

    Of several columns the one that tells most counts, at each lag and in each copy.
    """
    columns = series[:, None] if series.ndim == 1 else series
    values = columns[LONGEST:, 0]
    lags = [
        float(_information(columns[LONGEST - lag : len(columns) - lag], values).max())
        for lag in range(1, LONGEST + 1)
    ]
    rng = np.random.default_rng(0)
    past = columns[LONGEST - 1 : -1]
    copies = [float(_information(past, rng.permutation(values)).max()) for _ in range(SHUFFLES)]
    return np.array(lags), np.array(copies)


def information_first(lags: np.ndarray, copies: np.ndarray) -> int:
    """The last lag before the first one that is not above 95 % of the shuffled copies."""
    return int(np.argmin(np.append(lags > np.quantile(copies, 0.95), False)))


def information_largest(lags: np.ndarray, copies: np.ndarray) -> int:
    """The largest lag above shuffled copies at 5 % over all 64 lags together.

    The spread of the copies is that above their median: below it estimates are cut off at 0.
    """
    middle, above = np.quantile(copies, [0.5, NormalDist().cdf(1.0)])
    shown = np.flatnonzero(lags > middle + EACH * (above - middle))
    return int(shown[-1]) + 1 if len(shown) else 0


def _markov(series: Series, price: float) -> int | None:
    """The order of a Markov chain with the lowest code length and a price per free parameter."""
    if not is_symbols(series):
        return None
    values = np.unique(series, return_inverse=True)[1].astype(np.int64)
    symbols, count = int(values.max()) + 1, len(values)
    longest = int(np.log(count) / np.log(symbols))
    rows, best, order = np.arange(longest, count), np.inf, 0
    context = np.zeros(len(rows), np.int64)
    for lookback in range(longest + 1):
        if lookback:
            context = context * symbols + values[rows - lookback]
        pairs = np.bincount(context * symbols + values[rows], minlength=symbols ** (lookback + 1))
        table = pairs.reshape(-1, symbols)
        some = table[table > 0]
        whole = table.sum(1)
        whole = whole[whole > 0]
        likelihood = (some * np.log(some)).sum() - (whole * np.log(whole)).sum()
        criterion = -2 * likelihood + price * symbols**lookback * (symbols - 1)
        if criterion < best:
            best, order = criterion, lookback
    return order


def markov_aic(series: Series) -> int | None:
    """The Markov chain with the lowest AIC, of orders up to log(values) / log(symbols)."""
    return _markov(series, 2.0)


def markov_bic(series: Series) -> int | None:
    """The Markov chain with the lowest BIC, of orders up to log(values) / log(symbols)."""
    return _markov(series, float(np.log(len(series))))


def _context_tree(series: Series, depth: int, method: str) -> int | None:
    if not is_symbols(series):
        return None
    import vlmc

    tree = vlmc.VLMC(alphabet_size=int(series.max()) + 1, max_depth=depth, method=method)
    tree.fit([series.tolist()])
    return max((len(one) for one in tree.get_contexts()), default=0)


def context_tree(series: Series) -> int | None:
    """The deepest context of the Bayesian context tree with the highest posterior, to depth 10."""
    return _context_tree(series, 10, "bct")


def context_tree_bic(series: Series) -> int | None:
    """The deepest context of the tree that BIC leaves, to depth 10."""
    return _context_tree(series, 10, "bic")

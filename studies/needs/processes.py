"""Series with a known memory.

Lookback L at horizon h: the target y[t] may use y[t-h], ..., y[t-h-L+1]; L = 0 sees nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

BURN = 500
"""Steps before a series begins, so that it starts anywhere."""

AR3 = (0.4, -0.2, 0.4)
AR2 = (2 * 0.98 * np.cos(2 * np.pi / 12), -(0.98**2))
SEASONAL = (*(0.0,) * 11, 0.8)

Series = npt.NDArray[np.generic]


@dataclass(frozen=True)
class Process:
    """A process.

    Attributes:
        make: Draws a series (time,) or (time, columns) from a seed and a length.
        values: The length that it is judged at.
        needs: The lookbacks that are right; None where none is known, and nothing is judged.
        why: What makes them right, or why none is known.
    """

    make: Callable[[int, int], Series]
    values: int
    needs: range | None
    why: str

    @property
    def exact(self) -> bool:
        """Whether one lookback alone is right."""
        return self.needs is not None and len(self.needs) == 1

    @property
    def right(self) -> str:
        """The lookbacks that are right, as a table shows them."""
        if self.needs is None:
            return "not known"
        return str(self.needs[0]) if self.exact else f"{self.needs[0]} to {self.needs[-1]}"


def noise(seed: int, n: int) -> Series:
    """Normal noise."""
    return np.random.default_rng(seed).normal(size=n)


def heavy_noise(seed: int, n: int) -> Series:
    """Student's t with three degrees of freedom."""
    return np.random.default_rng(seed).standard_t(3, size=n)


def walk(seed: int, n: int) -> Series:
    """A random walk."""
    return np.cumsum(noise(seed, n))


def autoregression(weights: Sequence[float]) -> Callable[[int, int], Series]:
    """y[t] = sum of weights[i] y[t-1-i] + noise."""
    backwards = np.asarray(weights, float)[::-1]
    order = len(backwards)

    def make(seed: int, n: int) -> Series:
        shocks = np.random.default_rng(seed).normal(size=n + BURN + order)
        values = np.zeros(len(shocks))
        for t in range(order, len(values)):
            values[t] = backwards @ values[t - order : t] + shocks[t]
        return values[-n:]

    return make


PATTERN_NOISE = 0.3
"""Standard deviation of the noise around a pattern of variance 1."""


def seasonal(period: int) -> Callable[[int, int], Series]:
    """A repeated pattern with a trend and noise."""

    def make(seed: int, n: int) -> Series:
        rng = np.random.default_rng(seed)
        pattern = rng.normal(size=period)
        pattern = (pattern - pattern.mean()) / pattern.std()
        steps = np.arange(n)
        shape = 4.0 * steps / n + pattern[steps % period]
        values: Series = shape + PATTERN_NOISE * rng.normal(size=n)
        return values

    return make


def logistic(seed: int, n: int) -> Series:
    """The logistic map at 3.99."""
    values = np.empty(n + BURN)
    values[0] = np.random.default_rng(seed).uniform(0.1, 0.9)
    for t in range(1, len(values)):
        values[t] = 3.99 * values[t - 1] * (1 - values[t - 1])
    return values[BURN:]


def henon(seed: int, n: int) -> Series:
    """The first coordinate of the Henon map."""
    values = np.empty(n + BURN)
    values[:2] = np.random.default_rng(seed).uniform(-0.1, 0.1, 2)
    for t in range(2, len(values)):
        values[t] = 1 - 1.4 * values[t - 1] ** 2 + 0.3 * values[t - 2]
    return values[BURN:]


def mackey_glass(delay: int, noise: float) -> Callable[[int, int], Series]:
    """The Mackey-Glass equation in steps of 1, of which each is ten of Euler's.

    Args:
        delay: Of the feedback.
        noise: Standard deviation of what is added afterwards, as a share of the series' own.
    """

    def make(seed: int, n: int) -> Series:
        rng, parts = np.random.default_rng(seed), 10
        behind = delay * parts
        values = np.empty(behind + (n + BURN) * parts)
        values[: behind + 1] = 1.2 + 0.1 * rng.normal(size=behind + 1)
        for t in range(behind, len(values) - 1):
            late = values[t - behind]
            change = 0.2 * late / (1 + late**10) - 0.1 * values[t]
            values[t + 1] = values[t] + change / parts
        clean = values[behind::parts][-n:]
        series: Series = clean + noise * clean.std() * rng.normal(size=n)
        return series

    return make


DRIVEN_WEIGHT, DRIVEN_NOISE = 0.9, 0.5


def driven(seed: int, n: int) -> Series:
    """Columns y, x and one of no use: y[t] = 0.9 x[t-4] + noise."""
    rng = np.random.default_rng(seed)
    x, idle = rng.normal(size=(2, n))
    y = DRIVEN_NOISE * rng.normal(size=n)
    y[4:] += DRIVEN_WEIGHT * x[:-4]
    return np.stack([y, x, idle], 1)


def uniform(symbols: int) -> Callable[[int, int], Series]:
    """Symbols drawn evenly."""

    def make(seed: int, n: int) -> Series:
        return np.random.default_rng(seed).integers(0, symbols, n)

    return make


def transitions(symbols: int, order: int, rng: np.random.Generator) -> Series:
    """Odds of the next symbol after each context (symbols, ..., symbols), the newest last."""
    table: Series = rng.dirichlet([0.3] * symbols, size=(symbols,) * order)
    return table


def markov(symbols: int, order: int) -> Callable[[int, int], Series]:
    """A Markov chain with a table drawn for the seed (Dirichlet, 0.3)."""

    def make(seed: int, n: int) -> Series:
        rng = np.random.default_rng(seed)
        table = transitions(symbols, order, rng).cumsum(-1)
        table[..., -1] = 1.0
        draws = rng.uniform(size=n + BURN)
        values = np.zeros(n + BURN, int)
        for t in range(order, len(values)):
            odds = table[tuple(values[t - order : t])]
            values[t] = np.searchsorted(odds, draws[t])
        return values[BURN:]

    return make


def echo(symbols: int, lag: int, kept: float) -> Callable[[int, int], Series]:
    """The symbol of `lag` steps ago again, most of the time."""

    def make(seed: int, n: int) -> Series:
        rng = np.random.default_rng(seed)
        values = rng.integers(0, symbols, n + BURN)
        again = rng.uniform(size=n + BURN) < kept
        for t in range(lag, len(values)):
            if again[t]:
                values[t] = values[t - lag]
        return values[BURN:]

    return make


def parity(lags: Sequence[int], flipped: float) -> Callable[[int, int], Series]:
    """Exclusive or of some lags, now and then flipped."""

    def make(seed: int, n: int) -> Series:
        rng = np.random.default_rng(seed)
        values = rng.integers(0, 2, n + BURN)
        wrong = rng.uniform(size=n + BURN) < flipped
        for t in range(max(lags), len(values)):
            values[t] = (sum(values[t - lag] for lag in lags) + wrong[t]) % 2
        return values[BURN:]

    return make


HIDDEN_LEAVE, HIDDEN_ONES = (0.05, 0.10), (0.15, 0.75)
"""Of two hidden states: the odds to leave each, and those of a one in each."""


def hidden(seed: int, n: int) -> Series:
    """Two hidden states, each with its own odds of a one."""
    rng = np.random.default_rng(seed)
    moves, draws = rng.uniform(size=(2, n + BURN))
    leave, ones = HIDDEN_LEAVE, HIDDEN_ONES
    state, values = 0, np.empty(n + BURN, int)
    for t in range(len(values)):
        state = 1 - state if moves[t] < leave[state] else state
        values[t] = int(draws[t] < ones[state])
    return values[BURN:]


def even(seed: int, n: int) -> Series:
    """Runs of ones of even length."""
    rng = np.random.default_rng(seed)
    values: list[int] = []
    while len(values) < n + BURN:
        values += [0] if rng.uniform() < 0.5 else [1, 1]
    return np.array(values[BURN : n + BURN])


def _one(right: int) -> range:
    return range(right, right + 1)


PROCESSES = {
    "noise": Process(noise, 2_000, _one(0), "independent values"),
    "walk": Process(walk, 2_000, _one(1), "the last value"),
    "AR(1)": Process(autoregression((0.7,)), 2_000, _one(1), "order 1"),
    "AR(3)": Process(autoregression(AR3), 2_000, _one(3), "order 3"),
    "AR(2)": Process(autoregression(AR2), 2_000, _one(2), "order 2"),
    "seasonal 12": Process(autoregression(SEASONAL), 2_000, _one(12), "lag 12 alone"),
    "driven": Process(driven, 2_000, _one(4), "lag 4 of another column"),
    "Markov 1": Process(markov(4, 1), 10_000, _one(1), "order 1"),
    "Markov 2": Process(markov(3, 2), 10_000, _one(2), "order 2"),
    "Markov 5": Process(markov(2, 5), 10_000, _one(5), "order 5"),
    "echo 7": Process(echo(8, 7, 0.8), 10_000, _one(7), "lag 7 alone"),
    "parity 3, 5": Process(parity((3, 5), 0.1), 10_000, _one(5), "lags 3 and 5 together"),
    "heavy noise": Process(heavy_noise, 2_000, _one(0), "independent values"),
    "even symbols": Process(uniform(4), 10_000, _one(0), "independent symbols"),
    "logistic map": Process(logistic, 2_000, _one(1), "order 1, not linear"),
    "Henon map": Process(henon, 2_000, _one(2), "order 2, not linear"),
    "pattern 12": Process(seasonal(12), 2_000, range(12, 65), "a period; averaging goes on"),
    "hidden Markov": Process(hidden, 20_000, range(4, 7), "98 % of the gain at 5"),
    "even process": Process(even, 10_000, range(8, 13), "98 % of the gain at 11"),
    "pattern 24": Process(seasonal(24), 2_000, None, "a few values name the phase, more average"),
    "Mackey-Glass": Process(mackey_glass(17, 0.0), 2_000, None, "delay 17, and smooth"),
    "Mackey-Glass, noise": Process(
        mackey_glass(17, 0.1), 2_000, None, "delay 17, and 10 % of noise: averaging goes on"
    ),
}
"""By name. The first twelve are judged together."""

JUDGED = tuple(PROCESSES)[:12]

"""POPGym's RepeatPrevious, whose k counts from 1 where a lag counts from 0.

The game as its code plays it, not as its documentation says: the cards of some decks are dealt one
by one; after each, once k cards lie on the table, the player names the suit of the k-th card from
the end. Right is worth 1 / (cards - k), wrong as much less.
"""

from __future__ import annotations

from functools import partial

import numpy as np

from echospan.measure import Interval
from echospan.tasks import lagged
from studies.measured import Measured
from studies.row import Row
from studies.tolerance import Exactly, Within
from studies.work import Work

CARDS = 52


def play(suits: np.ndarray, answers: np.ndarray, k: int) -> float:
    """The return of one game.

    Args:
        suits: Of the cards in the order in which they are dealt (cards,).
        answers: What is said after each card but the last (cards,).
        k: The game's own setting.
    """
    reward = 1 / (len(suits) - k)
    total = 0.0
    for dealt in range(1, len(suits)):
        if dealt >= k:
            total += reward if answers[dealt - 1] == suits[:dealt][-k] else -reward
    return total


def _deal(decks: int, generator: np.random.Generator) -> np.ndarray:
    return generator.permutation(np.tile(np.arange(4), decks * CARDS // 4))


def our_lag(work: Work, *, decks: int, k: int) -> Measured:
    """The lag, in this package's sense, whose answers win every game."""
    generator = np.random.default_rng(0)
    games = [_deal(decks, generator) for _ in range(20)]
    winning = [
        lag
        for lag in range(k + 2)
        if all(np.isclose(play(game, lagged(game[None], lag)[0], k), 1.0) for game in games)
    ]
    if len(winning) != 1:
        raise AssertionError(f"the lags {winning} win")
    return Measured(winning[0], detail=f"k = {k}, 20 games")


def random_return(work: Work) -> Measured:
    """The mean return of a player who guesses."""
    generator = np.random.default_rng(0)
    found = np.array(
        [play(_deal(1, generator), generator.integers(0, 4, CARDS), 4) for _ in range(2000)]
    )
    half = 2.576 * found.std(ddof=1) / np.sqrt(len(found))
    mean = float(found.mean())
    return Measured(
        mean, Interval(mean - half, mean + half), "2,000 games, easy; 99 % interval of their mean"
    )


ROWS = (
    Row(
        "popgym-easy",
        "POPGym RepeatPrevious, easy: lag",
        Exactly(),
        partial(our_lag, decks=1, k=4),
    ),
    Row(
        "popgym-medium",
        "POPGym RepeatPrevious, medium: lag",
        Exactly(),
        partial(our_lag, decks=2, k=32),
    ),
    Row(
        "popgym-hard",
        "POPGym RepeatPrevious, hard: lag",
        Exactly(),
        partial(our_lag, decks=3, k=64),
    ),
    Row("popgym-random", "POPGym RepeatPrevious: return of guessing", Within(0), random_return),
)

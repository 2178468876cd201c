"""The interval of a span covers the span of the model itself, whatever the search does."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from statistics import NormalDist

import numpy as np
import pytest

from echospan.results.lag_row import SeedScore
from echospan.results.span_interval import SpanInterval, interval_of, span_interval
from echospan.spans.search.ladder import Ladder
from report.sheets import row, sheet

Share = Callable[[int], float]
T, F = True, False


def smooth(span: float, width: float) -> Share:
    """A share of seeds that falls from 1 to 0 around a span."""
    return lambda lag: 1 / (1 + np.exp(min(500, (lag - span) / (width * span))))


def flat(span: int, by: float) -> Share:
    """One that stays near one half on both sides of the span, the hardest there is."""
    return lambda lag: 0.5 + by if lag <= span else (0.5 - by) * (lag < 5 * span)


def searched(
    share: Share, seeds: int, alike: float, random: np.random.Generator
) -> tuple[dict[int, list[bool]], int]:
    """Outcomes of seeds at the lags that the search picks, and the span of the sheet.

    A seed that is lucky at one lag is so at others, too, where `alike` is above 0.
    """
    ladder, found, luck = Ladder(largest=1000), {}, random.normal(size=seeds)
    while (lag := ladder.next()) is not None:
        own = alike**0.5 * luck + (1 - alike) ** 0.5 * random.normal(size=seeds)
        found[lag] = [NormalDist().cdf(each) < share(lag) for each in own]
        ladder.record(lag, "solved" if sum(found[lag]) > seeds // 2 else "failed")
    return found, ladder.span


@pytest.mark.parametrize("seeds", [3, 5])
@pytest.mark.parametrize("alike", [0.0, 0.6])
@pytest.mark.parametrize(
    ("share", "truth"),
    [
        (smooth(10.5, 0.02), 10), (smooth(4.3, 0.3), 4), (smooth(20.4, 0.1), 20),
        (smooth(60.2, 0.02), 60), (smooth(60.2, 1.0), 60), (flat(4, 0.02), 4), (flat(20, 0.1), 20),
    ],
)  # fmt: skip
def test_it_covers_as_often_as_it_says(share: Share, truth: int, alike: float, seeds: int) -> None:
    random, times, covered = np.random.default_rng(seeds), 60, 0
    for _ in range(times):
        solved, span = searched(share, seeds, alike, random)
        low, high, confidence = interval_of(solved)
        assert low <= span <= (1000 if high is None else high)
        covered += low <= truth and (high is None or truth <= high)
    # Three standard errors of a count with the confidence that is promised.
    assert confidence == {3: 0.75, 5: 0.9375}[seeds]
    slack = 3 * (confidence * (1 - confidence) / times) ** 0.5
    assert covered / times >= confidence - slack


def test_the_range_of_single_seeds_would_not() -> None:
    """What the interval replaced: the smallest and largest span of a single seed."""
    random, covered = np.random.default_rng(0), 0
    for _ in range(100):
        solved, _ = searched(smooth(60.2, 0.3), 5, 0.0, random)
        lags = sorted(solved)
        spans = [
            max((lag for lag in lags if all(solved[one][seed] for one in lags if one <= lag)),
                default=0)
            for seed in range(5)
        ]  # fmt: skip
        covered += min(spans) <= 60 <= max(spans)
    assert covered < 60


@pytest.mark.parametrize(
    ("solved", "ends"),
    [
        ({1: [T] * 5, 2: [F] * 5}, (1, 1)),
        # Four of five may be chance, on either side.
        ({1: [T] * 5, 2: [T, T, T, T, F], 3: [T, F, F, F, F], 5: [F] * 5}, (1, 4)),
        # Nothing says that lag 3 is beyond the span, or any larger one.
        ({1: [T] * 5, 2: [T] * 5, 3: [T, T, F, F, F]}, (2, None)),
        # A lag that was solved beyond one that failed makes the upper end larger.
        ({1: [T] * 5, 2: [F] * 5, 4: [T] * 5, 6: [F] * 5}, (1, 5)),
        # What is not known counts for neither end.
        ({1: [T, T, T, T, None], 2: [F, F, F, F, None]}, (0, None)),
        ({1: [F] * 5}, (0, 0)),
    ],
)
def test_its_ends(solved: dict[int, list[bool | None]], ends: tuple[int, int | None]) -> None:
    assert interval_of(solved) == SpanInterval(*ends, 0.9375)


def test_many_seeds_need_not_agree_all() -> None:
    # A sign test of 20 at 95 % by a table: 15 or more.
    solved = {1: [T] * 15 + [F] * 5, 2: [T] * 14 + [F] * 6, 3: [T] * 5 + [F] * 15}
    low, high, confidence = interval_of(solved) or pytest.fail("nothing was tested")
    assert (low, high) == (1, 2)
    assert confidence == pytest.approx(0.9586, abs=1e-4)
    assert interval_of({1: [T]}) == SpanInterval(1, None, 0.0)
    assert interval_of({}) is None


def scored(*solved: bool) -> tuple[SeedScore, ...]:
    return tuple(
        SeedScore(number, 0.9, None, None, one, "stalled", 100) for number, one in enumerate(solved)
    )


def test_a_sheet_has_that_of_its_seeds() -> None:
    rows = [
        replace(row(16, 0.2, "failed"), seeds=scored(F, F, F)),
        replace(row(32, 0.2, "failed"), seeds=scored(F, F, F)),
    ]
    found = span_interval(sheet("a", *rows))
    assert found == (0, 15, 0.75)
    # The task has no distance below 16 but 0.
    found = span_interval(replace(sheet("a", *rows), span=0, first_failed=16))
    assert found == (0, 0, 0.75)
    assert span_interval(sheet("none")) is None

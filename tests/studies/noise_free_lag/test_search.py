from __future__ import annotations

from dataclasses import replace

import pytest

from studies import Work
from studies.noise_free_lag import search
from studies.noise_free_lag.protocol import PLAIN
from studies.noise_free_lag.search import LOOK, Run, best_rate


def run(rate: float, *rights: float) -> Run:
    found = Run(0, rate)
    for right in rights:
        found.look(right, loss=1 - right)
    return found


def test_solved_is_right_at_two_looks_in_a_row():
    assert not run(0.1, 1.0).solved
    assert not run(0.1, 1.0, 0.5, 1.0).solved
    solved = run(0.1, 0.5, 1.0, 1.0)
    assert solved.solved
    assert solved.needed == 2 * LOOK
    assert Run(0, 0.1, [False, True]).look(1.0, 0.1)
    assert Run(0, 0.1).look(0.5, float("nan"))
    assert run(0.1, 0.5, 0.5).needed == 2 * LOOK


def test_the_rate_that_needs_the_fewest_sequences():
    slow, fast, never = run(0.1, 0.5, 1, 1), run(0.01, 1, 1), run(1.0, 0.5, 0.5, 0.5)
    assert best_rate([slow, fast, never]) == 0.01
    # Where none is solved, the loss decides.
    assert best_rate([Run(0, 0.1, [False], 0.7), Run(0, 0.2, [False], 0.6)]) == 0.2


@pytest.mark.slow
def test_a_lag_that_is_solved_and_one_that_is_not(monkeypatch):
    """A lag of 2 in a thousand sequences; one of 50 not without learning."""
    monkeypatch.setattr(search, "JUDGED", (0, 1, 2))
    monkeypatch.setattr(search, "TRIED", (10, 11))
    short = search.share_solved(Work(), protocol=replace(PLAIN, lag=2, sequences=1000))
    assert short.values == (1.0, 1.0, 1.0)
    assert "3 of 3 seeds" in short.detail
    assert "chosen with 2 other seeds" in short.detail
    still = replace(PLAIN, lag=50, rates=(0.0,), sequences=2 * LOOK)
    assert search.share_solved(Work(), protocol=still).values == (0.0, 0.0, 0.0)

from __future__ import annotations

import pytest

from studies import Work
from studies.cogscale import cells
from studies.cogscale.cells import RATES, SEEDS, Cell, best_rate
from studies.cogscale.networks import Network
from studies.cogscale.patience import LONG, SHORT, Best, Run

NAME = "cogscale-echo-gru-10k"  # published at 0.001


class Untrained:
    """Gives each run the errors that its rate is meant to have."""

    trained: list[Run]

    def __init__(self, network: Network) -> None:
        type(self).trained = []

    def train(self, work: Work, runs: list[Run]) -> None:
        for run in runs:
            place = RATES.index(run.rate)
            # The first rate is best on validation data, the second on test data, and among the
            # first epochs the last.
            run.best = Best(valid=place, test=abs(place - 1) + run.seed / 100)
            run.early = Best(valid=4 - place, test=10 + place)
            run.epochs = run.limit
            self.trained.append(run)


@pytest.fixture
def cell(monkeypatch):
    monkeypatch.setattr(cells, "School", Untrained)
    return Cell(NAME, Network("discrete_postcasting", "gru", 51), (LONG, SHORT))


def test_the_rate_is_chosen_on_validation_data(cell):
    found = cell.measure(Work(), LONG)
    assert found.values == pytest.approx(tuple(1 + seed / 100 for seed in SEEDS))
    assert found.value == pytest.approx(1.02)
    assert "at learning rate 0.0003, the best on validation data; 0.02 at 0.001" in found.detail


def test_both_limits_are_read_from_the_same_runs(cell):
    work = Work()
    short, long = cell.measure(work, SHORT), cell.measure(work, LONG)
    assert set(short.values) == {13.0}
    assert len(short.values) == len(long.values) == len(SEEDS)
    rates = sorted((run.rate, run.seed, run.limit) for run in Untrained.trained)
    assert len(rates) == len(set(rates)) == 4 * 3 + 3 * 2
    assert {limit for rate, seed, limit in rates if rate == 0.01 and seed > 2} == {SHORT}


def test_only_seeds_that_tried_all_rates_choose():
    runs = [Run(seed, rate, best=Best(1.0)) for rate in RATES for seed in range(3)]
    runs += [Run(seed, 0.01, best=Best(0.0)) for seed in range(3, 5)]
    runs[3].best.valid = 0.5  # of the second rate
    assert best_rate(runs, LONG) == 0.001

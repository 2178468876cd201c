"""What `echospan.needs` answers: known memory, noise, leaks, the parts of the report."""

from __future__ import annotations

import numpy as np
import pytest

import echospan
from echospan.errors import ConfigError, DataError
from echospan.lookback.detect import number_copy, symbol_copy
from echospan.lookback.seen import Seen
from echospan.observer import Halted, Observer
from studies.needs.processes import AR3, JUDGED, PROCESSES, autoregression

SHORT = {"lookbacks": [1, 2, 3, 4]}


def test_an_autoregression_needs_its_order():
    report = echospan.needs(autoregression(AR3)(1, 400), **SHORT)
    assert (report.needs, report.at_least, report.gain_98) == (3, 3, 3)
    assert report.any_past_helps
    assert report.paste == "window=3"
    assert report.detectable_gain is None
    assert {one.lag for one in report.lags if one.beyond_the_others} == {1, 2, 3} or 3 in {
        one.lag for one in report.lags
    }
    assert report.other is not None
    assert report.values == report.total == 400
    assert report.curve[0].lookback == 0
    low, high = report.curve[3].interval
    assert low < report.loss(3) < high


def test_a_walk_needs_the_last_value_alone():
    report = echospan.needs(PROCESSES["walk"].make(2, 300), **SHORT)
    assert (report.at_least, report.needs) == (1, 1)
    assert [(one.lag, one.column) for one in report.lags] == [(1, "series")]


def test_noise_needs_nothing_and_says_what_would_have_been_seen():
    report = echospan.needs(PROCESSES["noise"].make(2, 200), lookbacks=[1, 2])
    assert (report.any_past_helps, report.needs, report.at_least, report.paste) == (
        False, 0, 0, None,
    )  # fmt: skip
    assert report.lags == ()
    assert 0.01 < report.detectable_gain < 0.4


def test_the_column_that_drives_is_named():
    report = echospan.needs(PROCESSES["driven"].make(1, 400), lookbacks=[1, 3, 4, 5])
    assert report.needs == 4
    carrying = [(one.lag, one.column) for one in report.lags if one.beyond_the_others]
    assert carrying == [(4, "1")]


def test_a_lag_counts_from_the_target_and_a_lookback_from_the_newest_value():
    rng = np.random.default_rng(0)
    x = rng.normal(size=400)
    y = np.r_[np.zeros(5), x[:-5]] + 0.1 * rng.normal(size=400)
    report = echospan.needs(np.stack([y, x], 1), horizon=3, lookbacks=[1, 2, 3, 4])
    assert report.needs == 3
    assert [one.lag for one in report.lags if one.beyond_the_others] == [5]


@pytest.mark.slow
@pytest.mark.parametrize("name", ["Markov 2", "echo 7", "parity 3, 5"])
def test_symbols(name):
    process = PROCESSES[name]
    report = echospan.needs(process.make(2, 2_000))
    assert report.needs in process.needs
    assert report.kind == "symbols"


@pytest.mark.slow
def test_constant_lags_and_deterministic_series_do_no_harm():
    # A period of 5 with all values different: the last one says all.
    report = echospan.needs(np.tile([0.5, 1.5, 4.5, 2.5, 3.0], 40), **SHORT)
    assert (report.needs, report.at_least) == (1, 1)
    still = echospan.needs(np.stack([np.arange(200.0) % 7, np.ones(200)], 1), **SHORT)
    assert still.needs in (1, 2)


@pytest.mark.slow
def test_the_two_kinds_of_splits_and_a_word_where_they_do_not_agree():
    walk = PROCESSES["walk"].make(3, 300)
    forward = echospan.needs(walk, splits="forward", **SHORT)
    assert (forward.splits, forward.other.splits) == ("forward", "blocks")
    assert forward.at_least == 1


@pytest.mark.slow
def test_the_same_seed_gives_the_same_report():
    series = PROCESSES["noise"].make(1, 120)
    one, other = (echospan.needs(series, lookbacks=[1, 2], seed=3).to_dict() for _ in range(2))
    assert {**one, "seconds": 0} == {**other, "seconds": 0}


def test_stopping_keeps_what_there_is():
    class Watch(Observer):
        measured = 0

        def progress(self, epoch, logs):
            self.measured = epoch

    watch = Watch()
    series = PROCESSES["AR(1)"].make(1, 300)
    report = echospan.needs(
        series, lookbacks=[1, 2, 3], observer=watch, stop=lambda: watch.measured >= 3
    )
    assert report.stopped
    assert [point.lookback for point in report.curve] == [0, 1, 2]
    assert report.lags == ()
    with pytest.raises(Halted, match="nothing is known yet"):
        echospan.needs(series, stop=lambda: True)


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"horizon": 0}, "horizon must be"),
        ({"lookbacks": []}, "at least one lookback"),
        ({"lookbacks": [-1]}, "lookbacks must be"),
        ({"splits": "random"}, "splits must be"),
        ({"kind": "words"}, "kind must be"),
        ({"target": "price"}, "target must be"),
        ({"time": "day"}, "time must be"),
        ({"seed": -1}, "seed must be"),
        ({"unit": "page"}, "unit must be"),
    ],
)
def test_arguments_are_checked(settings, says):
    with pytest.raises(ConfigError, match=says):
        echospan.needs(np.arange(100.0), **settings)


def test_a_horizon_or_a_lookback_beyond_the_series_is_refused():
    for settings in ({"horizon": 99}, {"lookbacks": [99]}):
        with pytest.raises(DataError, match="at least 30 are needed"):
            echospan.needs(np.random.default_rng(0).normal(size=100), **settings)


def test_copies_have_the_memory_that_is_asked_for():
    rng = np.random.default_rng(0)
    noise = rng.normal(size=(20_000, 1))
    copy = number_copy(Seen.series(noise), 0.25, 2, rng).targets
    assert np.corrcoef(copy[2:], copy[:-2])[0, 1] == pytest.approx(0.5, abs=0.03)
    assert np.corrcoef(copy[1:], copy[:-1])[0, 1] == pytest.approx(0.0, abs=0.03)
    copy = symbol_copy(Seen.series(rng.integers(0, 4, 20_000)), 0.25, 1, rng).targets
    pairs = np.bincount(copy[1:] * 4 + copy[:-1], minlength=16) / (len(copy) - 1)
    pairs = pairs.reshape(4, 4)
    known = -(pairs * np.log2(pairs / pairs.sum(0))).sum()
    assert known / 2 == pytest.approx(0.75, abs=0.02)


@pytest.mark.slow
@pytest.mark.parametrize("name", JUDGED)
def test_known_memory_is_found(name):
    process = PROCESSES[name]
    report = echospan.needs(process.make(6, process.values))
    assert report.needs in process.needs


FLOOR = {"AR(3)": 1.0, "walk": 1.0, "AR(2)": 1.0, "noise": 1.0}


@pytest.mark.slow
@pytest.mark.parametrize("horizon", [1, 6])
@pytest.mark.parametrize("name", FLOOR)
def test_the_held_out_loss_is_never_below_what_is_possible(name, horizon):
    """A loss below the variance of what is new would be a leak."""
    report = echospan.needs(PROCESSES[name].make(7, 1_500), horizon=horizon, lookbacks=[1, 4, 16])
    new = 1.0
    if name == "walk":
        new = horizon
    # What is new between two steps has the variance 1, within its own sampling error.
    low = new * (1 - 3 * np.sqrt(2 * horizon / 1_500))
    assert min(point.loss for point in report.curve) > low

"""A trial ends by what it sees, and goes on where it ended."""

import numpy as np
import pytest

from echospan.adapters.resolve import resolve_model
from echospan.memory_tasks.base import TrainingSpec
from echospan.memory_tasks.echo import EchoTask
from echospan.spans.search.budget import Budget
from echospan.spans.search.trial import Rules, TrialRunner


@pytest.fixture(scope="module")
def model():
    return resolve_model("simple-rnn", EchoTask(4), settings={"units": 6})


def run(model, updates, before=None, budget=None, rate=0.01, most=None):
    rules = Rules(updates=updates, every=10, patience=20)
    validation = model.task.evaluation_inputs(3, 0, "validation", number=2)
    spec = TrainingSpec(3, 32, 2)
    runner = TrialRunner(model, rules, budget or Budget())
    return runner.run(spec, rate, 5, validation, before, most)


def test_a_trial_that_goes_on_is_what_a_longer_one_would_have_been(model) -> None:
    short, long = run(model, 30), run(model, 70)
    assert (short.ending, long.ending) == ("spent", "spent")
    on = run(model, 70, before=short)
    assert (on.curve, on.validation, on.falling) == (long.curve, long.validation, long.falling)
    assert (on.best_loss, on.waited, on.drops) == (long.best_loss, long.waited, long.drops)
    for one, other in zip(on.weights.trainable, long.weights.trainable, strict=True):
        np.testing.assert_array_equal(one, other)
    # The shorter one can still be measured.
    assert (short.updates, len(short.curve)) == (30, 3)
    assert np.isfinite(
        model.scores(short.weights, model.task.evaluation_inputs(3, 0, "check"))
    ).all()


def test_one_that_its_share_of_the_budget_ended_goes_on_too(model) -> None:
    cut = run(model, 70, most=40)
    assert (cut.ending, cut.updates) == ("open", 40)
    assert run(model, 70, before=cut).curve == run(model, 70).curve


def test_where_seconds_are_limited_pieces_are_small_and_change_nothing(model) -> None:
    small = run(model, 70, budget=Budget(seconds=1e6))
    assert small.curve == run(model, 70).curve
    assert (small.ending, small.updates) == ("spent", 70)


def test_time_that_ends_between_two_looks_leaves_a_trial_open(model) -> None:
    now = iter([0.0, 0.0, 0.0, *[100.0] * 20])
    cut = run(model, 70, budget=Budget(seconds=10, clock=lambda: next(now)))
    assert cut.ending == "open"
    assert 0 < cut.updates < 70


def test_a_loss_that_still_falls_may_count_as_undecided(model) -> None:
    trial = run(model, 10)
    assert (trial.ending, trial.falling, trial.decided) == ("spent", True, True)
    assert not trial.is_open(Rules())
    assert trial.is_open(Rules(falling_fails=False))


def test_one_that_came_to_its_own_end_stays_as_it_is(model) -> None:
    # Next to no step: the loss stays at chance.
    stalled = run(model, 200, rate=1e-9)
    assert stalled.ending == "stalled"
    assert run(model, 400, before=stalled, rate=1e-9) is stalled


def test_the_rate_falls_soon_where_the_model_is_nearly_right() -> None:
    rules = Rules(patience=1000, threshold=0.95, drops=2)
    assert rules.patience_at(accuracy=0.89, drops=0) == 1000
    assert rules.patience_at(accuracy=0.91, drops=1) == 250
    # The last rate is not cut short: after it the trial ends.
    assert rules.patience_at(accuracy=0.91, drops=2) == 1000

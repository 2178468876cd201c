"""A trial ends by what it sees, and goes on where it ended."""

import numpy as np
import pytest

from echospan.spans.budget import Budget
from echospan.spans.subject import Lesson
from echospan.spans.subjects import subject_of
from echospan.spans.trial import Rules, run_trial


@pytest.fixture(scope="module")
def subject():
    return subject_of("simple-rnn", 4, settings={"units": 6})


def run(subject, updates, before=None, budget="10k updates", rate=0.01):
    rules = Rules(updates=updates, every=10, patience=20)
    validation = subject.question.heard(3, 0, "validation", number=2)
    lesson = Lesson(3, 32, 2)
    return run_trial(
        subject, lesson, rate, 5, rules, Budget.parse(budget), validation, before=before
    )


def test_a_trial_that_goes_on_is_what_a_longer_one_would_have_been(subject) -> None:
    short, long = run(subject, 30), run(subject, 70)
    assert (short.ending, long.ending) == ("spent", "spent")
    on = run(subject, 70, before=short)
    assert (on.curve, on.validation, on.falling) == (long.curve, long.validation, long.falling)
    assert (on.best_loss, on.waited, on.drops) == (long.best_loss, long.waited, long.drops)
    for one, other in zip(on.weights.trainable, long.weights.trainable, strict=True):
        np.testing.assert_array_equal(one, other)
    # The shorter one can still be measured.
    assert (short.updates, len(short.curve)) == (30, 3)
    assert np.isfinite(subject.scores(short.weights, subject.question.heard(3, 0, "check"))).all()


def test_one_that_the_budget_ended_goes_on_too(subject) -> None:
    cut = run(subject, 70, budget="40 updates")
    assert (cut.ending, cut.updates) == ("open", 40)
    assert run(subject, 70, before=cut).curve == run(subject, 70).curve


def test_one_that_came_to_its_own_end_stays_as_it_is(subject) -> None:
    # Next to no step: the loss stays at chance.
    stalled = run(subject, 200, rate=1e-9)
    assert stalled.ending == "stalled"
    assert run(subject, 400, before=stalled, rate=1e-9) is stalled


def test_the_rate_falls_soon_where_the_model_is_nearly_right() -> None:
    rules = Rules(patience=1000, threshold=0.95, drops=2)
    assert rules.patience_at(accuracy=0.89, drops=0) == 1000
    assert rules.patience_at(accuracy=0.91, drops=1) == 250
    # The last rate is not cut short: after it the trial ends.
    assert rules.patience_at(accuracy=0.91, drops=2) == 1000

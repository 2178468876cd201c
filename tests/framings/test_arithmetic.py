"""Which past values an answer can know, against what is counted by hand."""

from __future__ import annotations

import pytest

from echospan.framings.arithmetic import reach, sights
from echospan.recipe import find


def _plan(recipe, **settings):
    changed = {name.replace("__", "."): value for name, value in settings.items()}
    return find(recipe).settle(changed).plan()


def test_the_mistakes_rows_never_hear_the_value_asked_for():
    plan = _plan("mistake")
    found = sights(plan, carried=True)
    assert len(found) == 24
    for number, sight in enumerate(found):
        # Samples run from step 1 on, six to a batch.
        assert (sight.update, sight.row, sight.step) == (number // 6, number % 6, number + 1)
        assert sight.inside == {0}
        assert sight.inherited == {6 * k for k in range(1, number // 6 + 1)}
        assert not sight.reaches(1)
    assert found[-1].inherited == {6, 12, 18}
    asked = reach(plan, 1, carried=True)
    assert (asked.scored, asked.inside, asked.inherited, asked.blind) == (24, 0, 0, 24)
    assert asked.example is not None
    assert asked.example.inherited == {6, 12, 18}


def test_without_carried_state_there_is_nothing_inherited():
    plan = _plan("mistake")
    assert all(not sight.inherited for sight in sights(plan, carried=False))


def test_lag_six_would_come_by_in_the_mistakes_rows():
    # Samples run from step 6 on then: 19 of them, and only the first has no batch before.
    plan = _plan("mistake", task__lag=6, training__batch_size=1)
    asked = reach(plan, 6, carried=True)
    # A batch of one: every row inherits all steps from 6 on; step s needs s - 6 >= 6.
    assert (asked.scored, asked.inherited, asked.blind) == (19, 13, 6)


def test_aligned_rows_hear_their_own_sequence():
    plan = _plan("mistake", framing__rows="aligned", training__sequences=6)
    found = sights(plan, carried=True)
    assert len(found) == 6 * 25
    for sight in found:
        assert sight.inside == {0}
        assert sight.inherited == set(range(1, sight.step + 1))
    asked = reach(plan, 1, carried=True)
    assert (asked.scored, asked.inherited, asked.blind) == (144, 144, 0)
    assert asked.example is None


def test_aligned_rows_in_one_update_hold_it_inside():
    plan = _plan(
        "mistake", framing__rows="aligned", framing__gradient="sequence", training__sequences=6
    )
    asked = reach(plan, 1, carried=True)
    assert (asked.scored, asked.inside, asked.inherited, asked.blind) == (144, 144, 0, 0)


def test_a_window_holds_its_lags():
    plan = _plan("window")
    found = sights(plan, carried=False)
    assert [sight.step for sight in found] == list(range(5, 25))
    assert all(sight.inside == {0, 1, 2, 3, 4} for sight in found)
    assert reach(plan, 4, carried=False).inside == 20
    assert reach(plan, 5, carried=False).blind == 20


def test_a_window_beyond_its_end_inherits_what_rows_before_held():
    # Four batches of five windows: row j of batch b ends at step 5 + 5 b + j.
    plan = _plan("window", task__lag=5, framing__force=True)
    asked = reach(plan, 5, carried=True)
    # Lag 5 is the newest value of the same row one batch earlier; the first batch has none before.
    assert (asked.scored, asked.inherited, asked.blind) == (20, 15, 5)


def test_a_prefix_holds_everything_so_far():
    plan = _plan("prefix")
    for sight in sights(plan, carried=False):
        assert sight.inside == set(range(sight.step + 1))
    assert reach(plan, 1, carried=False).blind == 0


@pytest.mark.parametrize("lag", [0, 1, 7])
def test_a_sequence_answers_at_every_step_from_what_came_before(lag):
    plan = _plan("sequence", training__sequences=2, training__batch_size=2)
    found = sights(plan, carried=False)
    assert len(found) == 50
    assert all(sight.inside == set(range(sight.step + 1)) for sight in found)
    asked = reach(plan, lag, carried=False)
    assert (asked.scored, asked.inside) == (2 * (25 - lag), 2 * (25 - lag))


def test_other_sequences_are_left_out():
    # Two sequences after another in rows of 24: the second's batch inherits the first's values.
    plan = _plan("mistake", training__sequences=2, training__batch_size=24)
    assert all(not sight.inherited for sight in sights(plan, carried=True))

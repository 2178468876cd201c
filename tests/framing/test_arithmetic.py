from __future__ import annotations

import pytest

from echospan.framing import PerStep, Prefix, Sequence, Window, reach, sights
from echospan.tasks import Echo


def test_what_each_row_of_the_mistake_inherits():
    """With a batch of 6 the state has heard X(t-6), X(t-12), X(t-18), never X(t-1)."""
    plan = PerStep().plan(Echo(lag=1), batch_size=6, sequences=1)
    found = sights(plan, carried=True)
    assert [(s.update, s.row, s.step) for s in found[:7]] == [
        *((0, row, row + 1) for row in range(6)),
        (1, 0, 7),
    ]
    for sight in found:
        assert sight.inside == {0}
        assert sight.inherited == {6 * back for back in range(1, sight.update + 1)}
    count = reach(plan, 1, carried=True)
    assert (count.scored, count.inside, count.inherited, count.blind) == (24, 0, 0, 24)
    assert count.example.inherited == {6, 12, 18}


def test_the_lag_that_the_mistake_could_learn():
    plan = PerStep().plan(Echo(lag=6), batch_size=None, sequences=1)
    assert plan.rows == 19
    plan = PerStep().plan(Echo(lag=1), batch_size=6, sequences=1)
    count = reach(plan, 6, carried=True)
    # Steps 6 to 24 have a target at lag 6; step 6 is in the first batch, which inherits nothing.
    assert (count.scored, count.inherited, count.blind) == (19, 18, 1)


def test_nothing_is_inherited_unless_carried():
    plan = PerStep(rows="aligned").plan(Echo(), batch_size=None, sequences=2)
    assert all(not sight.inherited for sight in sights(plan, carried=False))
    assert reach(plan, 1, carried=False).blind == 48


def test_aligned_rows_inherit_everything_of_their_own_sequence():
    plan = PerStep(rows="aligned").plan(Echo(length=5), batch_size=None, sequences=3)
    for sight in sights(plan, carried=True):
        assert sight.inside | sight.inherited == set(range(sight.step + 1))


@pytest.mark.parametrize(
    ("framing", "lag", "blind"),
    [
        (Window(window=5), 4, 0),
        (Window(window=5, force=True), 5, 20),
        (Prefix(), 24, 0),
        (Sequence(), 24, 0),
    ],
)
def test_inside_the_sample(framing, lag, blind):
    plan = framing.plan(Echo(lag=lag), batch_size=None, sequences=1)
    count = reach(plan, lag, carried=False)
    assert count.blind == blind
    assert count.inside == count.scored - blind

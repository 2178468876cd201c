from __future__ import annotations

from echospan.framings.story import tell
from echospan.recipe import find


def _told(recipe, *, carried, **settings):
    changed = {name.replace("__", "."): value for name, value in settings.items()}
    experiment = find(recipe).settle(changed)
    return " ".join(tell(experiment.plan(), experiment.task.reach, carried=carried))


def test_the_mistake_is_told_with_its_lags():
    told = _told("mistake", carried=True)
    assert "For 24 of 24 answers the value 1 step back never reaches the network." in told
    assert "Row 0 of batch 3 is about step 19: it sees x(19)" in told
    assert "has seen x(13), x(7), x(1), lags 6, 12, 18; never x(18), lag 1." in told
    assert "Backpropagation covers 1 step" in told


def test_aligned_rows_lack_only_the_gradient():
    told = _told("mistake", carried=True, framing__rows="aligned", training__sequences=6)
    assert "For 144 of 144 answers" in told
    assert "only through the state" in told
    assert "no gradient reaches the batch before" in told
    assert "never reaches" not in told


def test_a_window_is_reading():
    told = _told("window", carried=False)
    assert told == (
        "Every sample holds the value 1 step back among its 5 time steps: this framing tests "
        "reading, not memory."
    )
    assert "never reaches" in _told("window", carried=False, task__lag=5, framing__force=True)


def test_nothing_to_remember_at_lag_zero():
    assert "nothing to remember" in _told("echo", carried=False)


def test_a_stream_is_memory():
    assert "this is memory" in _told("stream", carried=False)


def test_layouts_too_large_to_follow_are_left_out():
    assert _told("stream", carried=False, task__length=2000, training__sequences=32) == ""

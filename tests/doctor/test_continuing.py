"""How samples that inherit a state stand to those that left it; no model is run."""

from __future__ import annotations

import numpy as np
import pytest

from doctor.bench.carry_cases import next_of, pieces, season, sliding, walks
from echospan.doctor.continuing import Border, border
from echospan.doctor.fit_call import FitCall
from echospan.doctor.needs import layout
from echospan.doctor.place import OPEN


def look(x: np.ndarray, y: np.ndarray, rows: int) -> Border:
    every = y.ndim == 3 and y.shape[1] == x.shape[1]
    call = FitCall(
        x=x,
        y=y,
        samples=len(x),
        batch_size=rows,
        shuffle=False,
        reset_state="epoch",
        stateful=True,
        recurrent=True,
        every=every,
        place=OPEN,
    )
    return border(call, layout(call))


def test_windows_that_overlap_say_by_how_much():
    found = look(*sliding(10), 1)
    assert (found.how, found.steps, found.exact) == ("overlaps", 1, True)
    assert look(*sliding(10), 4).steps == 4
    assert look(*sliding(10, 3), 2).steps == 6


@pytest.mark.parametrize(("steps", "stride", "rows"), [(10, 1, 10), (6, 2, 3), (8, 8, 1)])
def test_rows_that_begin_where_they_ended_are_right(steps, stride, rows):
    assert look(*sliding(steps, stride), rows).how == "continues"


def test_windows_with_steps_between_them():
    found = look(*sliding(5), 16)
    assert (found.how, found.steps) == ("gap", 16)


def test_the_next_value_as_target_proves_what_follows():
    in_order, beside = pieces(4, 8, in_order=True), pieces(4, 8, in_order=False)
    found = look(*in_order, 4)
    assert (found.how, found.exact, found.next_continues) == ("other", True, True)
    assert look(*in_order, 1).how == "continues"
    assert look(*beside, 4).how == "continues"
    assert not look(*next_of(walks(64, 13)), 4).next_continues


def test_without_such_targets_the_jumps_tell_and_are_called_a_heuristic():
    x, _ = pieces(4, 8, in_order=True)
    # Without noise the series is smooth.
    x = np.sin(np.arange(x.size) / 9.3).reshape(x.shape)
    y = np.random.default_rng(0).normal(size=(len(x), 1))
    found = look(x, y, 4)
    assert (found.how, found.exact, found.next_continues) == ("other", False, True)
    assert look(x, y, 1).how == "continues"
    levels = walks(64, 12)[:, :, None]
    assert look(levels, y[:1].repeat(64, 0), 8).how == "other"


def test_what_the_data_do_not_show_stays_open():
    rng = np.random.default_rng(0)
    noise, y = rng.normal(size=(64, 8, 1)), rng.normal(size=(64, 1))
    assert look(noise, y, 4).how == "open"
    # A series that repeats itself exactly: shared steps prove no overlap.
    tiled = np.tile(rng.normal(size=5), 104)[:512].reshape(64, 8, 1)
    assert look(tiled, y, 1).how == "open"
    # Each sample scaled by itself joins no neighbour, though the series goes on.
    smooth = np.sin(np.arange(512) / 9.3).reshape(64, 8, 1)
    assert look(smooth - smooth.mean(1, keepdims=True), y, 1).how == "open"
    assert look(smooth - smooth[:, :1], y, 1).how == "open"
    # Too few batches.
    assert look(noise[:8], y[:8], 4).how == "open"


def test_windows_in_random_order_are_no_stream():
    x, y = sliding(10)
    order = np.random.default_rng(0).permutation(len(x))
    assert look(x[order], y[order], 1).how == "other"


def test_several_sessions_with_breaks_between_them_are_streams():
    """Five series one after the other, each in pieces; only a few borders are breaks."""
    parts = [season(161, seed)[:-1].reshape(20, 8, 1) for seed in range(5)]
    ahead = [season(161, seed)[1:].reshape(20, 8, 1) for seed in range(5)]
    assert look(np.concatenate(parts), np.concatenate(ahead), 1).how == "continues"

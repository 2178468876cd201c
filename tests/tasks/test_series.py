from __future__ import annotations

import os

import jax
import numpy as np
import pytest

from echospan.errors import ConfigError, DataError
from echospan.random import JaxDraw, NumpyDraw
from echospan.tasks import SeriesEcho


@pytest.fixture
def write(tmp_path):
    def written(cells):
        path = tmp_path / "mine.csv"
        path.write_text("time,value\n" + "".join(f"{t},{c}\n" for t, c in enumerate(cells)))
        return {"data": str(path), "column": "value"}

    return written


def windows(codes, length):
    return {tuple(codes[i : i + length]) for i in range(len(codes) - length + 1)}


def test_a_leading_zero_makes_another_category(write):
    task = SeriesEcho(**write(["001", "1", "002", "001"] * 20), values="categories", length=4)
    assert task.width == 3


def test_stretches_come_from_their_own_part_and_from_all_of_it(write):
    task = SeriesEcho(**write(range(100)), length=5, held_out=0.3)
    arrays = task.arrays()
    assert {name: len(part) for name, part in arrays.items()} == {"train": 70, "evaluation": 30}
    for part, first, last in (("train", 0, 69), ("evaluation", 70, 99)):
        values = task.draw(NumpyDraw(np.random.default_rng(0)), 2000, arrays, part)
        steps = np.diff(values, axis=1)
        assert (steps == 1).all()
        assert (values.min(), values.max()) == (first, last)
        assert {tuple(row) for row in values.tolist()} == windows(range(first, last + 1), 5)


def test_training_and_judging_never_share_a_value(write):
    task = SeriesEcho(**write(range(40)), length=4)
    arrays = task.arrays()
    seen = [
        set(np.asarray(task.draw(JaxDraw(jax.random.key(0)), 500, arrays, part)).ravel().tolist())
        for part in ("train", "evaluation")
    ]
    assert seen[0] == set(range(32))
    assert seen[1] == set(range(32, 40))


def test_blank_cells_are_heard_as_missing_and_not_asked_for(write):
    task = SeriesEcho(**write([5, "", 6, 5, 6, "", 5, 6] * 10), length=8, lag=1, held_out=0.5)
    values = task.draw(NumpyDraw(np.random.default_rng(0)), 50, task.arrays(), "evaluation")
    targets = task.targets(values)
    assert (values == -1).any()
    assert (targets[:, 0] == -1).all()
    assert (targets[:, 1:] == values[:, :-1]).all()


def test_blank_cells_can_be_refused(write):
    task = SeriesEcho(**write([5, "", 6] * 20), missing="refuse", length=4)
    with pytest.raises(DataError, match="blank"):
        _ = task.width


def test_chance_is_the_share_of_the_commonest_value_in_the_judged_part(write):
    # Half 9s in training; in the judged part three of five known values are 7.
    task = SeriesEcho(**write([9, 7] * 20 + [7, 9, 7, "", 9, 7, "", "", "", ""]), held_out=0.2,
                      length=5)  # fmt: skip
    assert task.chance == pytest.approx(3 / 5)


def test_an_edited_file_is_read_again(write):
    settings = write([1, 2] * 30)
    task = SeriesEcho(**settings, length=4)
    assert task.width == 2
    write([1, 2, 3] * 30)
    os.utime(settings["data"], (1, 1))
    assert task.width == 3


def test_making_one_reads_nothing():
    assert SeriesEcho(data="nowhere.csv", column="x").steps == 25


@pytest.mark.parametrize(
    ("cells", "settings", "match"),
    [
        ([1, 2] * 10, {"length": 5}, "The evaluation part .* has 4 values, fewer than .* \\(5\\)"),
        ([1, 2] * 20, {"length": 9, "held_out": 0.8}, "The train part .* has 8 values"),
        ([1, 2] * 20 + [""] * 10, {"length": 5}, "evaluation part .* has 10 cells, all blank"),
        ([""] * 40 + [1, 2] * 5, {"length": 5}, "train part .* has 40 cells, all blank"),
    ],
)
def test_a_series_that_is_too_short(write, cells, settings, match):
    task = SeriesEcho(**write(cells), **settings)
    with pytest.raises(DataError, match=match):
        task.arrays()


def test_no_such_file():
    task = SeriesEcho(data="nowhere.csv", column="x")
    with pytest.raises(DataError, match=r"nowhere\.csv"):
        _ = task.width


def test_the_lag_must_lie_inside_the_stretch():
    with pytest.raises(ConfigError, match=r"task\.lag must be smaller than task\.length \(5\)"):
        SeriesEcho(data="x.csv", column="x", length=5, lag=5)


def test_the_walk_asks_about_each_held_out_step_once(write):
    task = SeriesEcho(**write(range(100)), length=10, lag=2, held_out=0.5)
    sections = task.held_out_sections(np.arange(10), 200)
    # Eight of ten steps have an answer: sections begin eight apart, the last ends with the series.
    assert sections.starts.tolist() == [0, 8, 16, 24, 32, 40]
    assert (sections.values == 50 + sections.starts[:, None] + np.arange(10)).all()
    asked = [start + step for start in sections.starts for step in range(2, 10)]
    assert sorted(asked) == list(range(2, 50))
    # A window of 5 answers from step 5 on.
    assert task.held_out_sections(np.arange(5, 10), 200).starts.tolist() == [*range(0, 40, 5), 40]


def test_a_long_series_is_walked_through_evenly(write):
    task = SeriesEcho(**write(range(1000)), length=5, held_out=0.9)
    starts = task.held_out_sections(np.arange(5), 10).starts
    assert len(starts) == 10
    assert (starts[0], starts[-1]) == (0, 895)
    assert np.ptp(np.diff(starts)) <= 8


def test_a_last_section_that_overlaps_is_asked_about_new_steps_only(write):
    from echospan.engine.evaluator import once

    task = SeriesEcho(**write(range(30)), length=6, held_out=0.5)
    sections = task.held_out_sections(np.arange(6), 200)
    assert sections.starts.tolist() == [0, 5, 9]
    expected = once(task.targets(sections.values), sections.starts[:, None] + np.arange(6))
    asked = np.flatnonzero(expected[2] >= 0) + 9
    assert asked.tolist() == [11, 12, 13, 14]
    assert (expected >= 0).sum() == 14

from __future__ import annotations

import numpy as np
import pytest

from echospan.errors import ConfigError
from echospan.framings import Window
from echospan.tasks import CuedEcho, Echo, Recite


def test_the_tutorials_window():
    """25 values, 5 at a time: the first 5 rows dropped, the value before the last asked for."""
    task = Echo(length=25, lag=1)
    samples = Window(window=5).samples(task)
    assert samples.inputs.tolist() == [[t - 4, t - 3, t - 2, t - 1, t] for t in range(5, 25)]
    assert samples.targets.tolist() == [[t] for t in range(5, 25)]

    plan = Window(window=5).plan(task, batch_size=5, sequences=1)
    assert plan.inputs.shape == (4, 5, 5)
    heard = np.array([np.random.default_rng(0).integers(0, 100, 25)])
    x = plan.gather(heard, plan.inputs).reshape(20, 5)
    y = plan.gather(task.targets(heard), plan.targets).reshape(20)
    assert x[0].tolist() == heard[0, 1:6].tolist()
    assert x[-1].tolist() == heard[0, 20:25].tolist()
    assert (y == x[:, 3]).all()


@pytest.mark.parametrize("lag", [0, 1, 4])
def test_at_any_lag_inside_the_answer_stands_in_the_sample(lag):
    task = Echo(length=12, lag=lag)
    plan = Window(window=5).plan(task, batch_size=None, sequences=2)
    heard = np.arange(24).reshape(2, 12)
    x = plan.gather(heard, plan.inputs)
    y = plan.gather(task.targets(heard), plan.targets)
    assert x.shape == (1, 14, 5)
    assert (y[..., 0] == x[..., 4 - lag]).all()


def test_rows_with_missing_values_can_stay():
    samples = Window(window=3, keep_missing=True).samples(Echo(length=5, lag=1))
    assert samples.inputs.tolist() == [[-1, -1, 0], [-1, 0, 1], [0, 1, 2], [1, 2, 3], [2, 3, 4]]
    assert samples.targets.tolist() == [[0], [1], [2], [3], [4]]


def test_a_kept_row_before_the_lag_is_not_scored():
    task = Echo(length=5, lag=2)
    plan = Window(window=3, keep_missing=True).plan(task, batch_size=None, sequences=1)
    heard = np.array([[7, 3, 9, 1, 4]])
    x = plan.gather(heard, plan.inputs)[0]
    y = plan.gather(task.targets(heard), plan.targets)[0]
    assert x.tolist() == [[-1, -1, 7], [-1, 7, 3], [7, 3, 9], [3, 9, 1], [9, 1, 4]]
    assert y.tolist() == [[-1], [-1], [7], [3], [9]]


@pytest.mark.parametrize(("window", "lag"), [(1, 1), (5, 5), (5, 9)])
def test_a_window_that_never_shows_the_answer_needs_force(window, lag):
    task = Echo(length=25, lag=lag)
    with pytest.raises(ConfigError) as caught:
        Window(window=window).check(task)
    text = str(caught.value)
    assert text.startswith(f"framing.window must be larger than the lag ({lag}), ")
    assert f"got {window}." in text
    assert "--force" in text
    Window(window=window, force=True).check(task)


def test_a_forced_window_scores_only_steps_that_have_an_answer_and_never_holds_it():
    task = Echo(length=25, lag=8)
    plan = Window(window=5, force=True).plan(task, batch_size=None, sequences=1)
    heard = np.arange(25)[None]
    x = plan.gather(heard, plan.inputs)[0]
    y = plan.gather(task.targets(heard), plan.targets)[0]
    assert y.tolist() == [[t - 8] for t in range(8, 25)]
    assert not (x == y).any()


def test_the_largest_lag_counts_where_it_varies():
    Window(window=4).check(CuedEcho(max_lag=3))
    with pytest.raises(ConfigError, match=r"larger than the lag \(3\)"):
        Window(window=3).check(CuedEcho(max_lag=3))


@pytest.mark.parametrize("window", [25, 26])
def test_a_window_longer_than_the_sequence(window):
    with pytest.raises(ConfigError, match=rf"smaller than task\.length \(25\).*got {window}"):
        Window(window=window).check(Echo(length=25))
    Window(window=window, keep_missing=True).check(Echo(length=25))


def test_the_widest_window_gives_one_sample():
    samples = Window(window=24).samples(Echo(length=25))
    assert samples.inputs.tolist() == [list(range(1, 25))]


def test_batches_must_divide():
    with pytest.raises(ConfigError) as caught:
        Window(window=5).plan(Echo(), batch_size=7, sequences=1)
    text = str(caught.value)
    assert text.startswith("training.batch_size must be a divisor of the 20 samples of an epoch")
    assert text.endswith("got 7. Try 5.")


def test_one_answer_for_each_step_is_needed():
    with pytest.raises(ConfigError, match=r"framing\.kind must be 'whole' for a recite task"):
        Window(window=2).check(Recite())

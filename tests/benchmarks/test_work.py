from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.jobs import JOBS
from benchmarks.ours import experiment_of
from benchmarks.peers.data import draw, one_hot
from benchmarks.peers.work import Work, units_for
from echospan.tasks.lag import lagged


@pytest.mark.parametrize(
    ("work", "parameters"),
    [
        # The tutorial's: Keras says 30,200 for LSTM(50) on 100 features, 5,100 for Dense(100).
        (Work(units=50, symbols=100), 35_300),
        # 3 x 4 x (5 + 4 + 2) and 5 x 5, with Keras's two biases a gate.
        (Work(cell="gru", units=4, symbols=5), 132 + 25),
        (Work(cell="simple-rnn", units=4, symbols=5), 4 * (5 + 4 + 1) + 25),
        # A table of 5 x 3 instead of one-hot vectors.
        (Work(units=4, symbols=5, embedding=3), 15 + 4 * 4 * (3 + 4 + 1) + 25),
    ],
)
def test_parameters_are_those_of_keras(work, parameters):
    assert work.parameters == parameters


@pytest.mark.parametrize("cell", ["lstm", "gru", "simple-rnn"])
@pytest.mark.parametrize("wanted", [1_000, 10_000, 100_000])
def test_no_other_number_of_units_comes_nearer_to_a_budget(cell, wanted):
    units = units_for(wanted, cell, 10)
    away = [
        abs(Work(cell=cell, units=n, symbols=10).parameters - wanted)
        for n in range(units - 2, units + 3)
        if n > 0
    ]
    assert abs(Work(cell=cell, units=units, symbols=10).parameters - wanted) == min(away)


def test_multiply_adds_counted_by_hand():
    work = Work(units=3, symbols=5, length=7, batch=2)
    forward = 7 * (2 * 3 * 12) + 14 * 3 * 5
    # The backward pass has two products for each of the forward pass.
    assert sum(product.operations for product in work.products()) == 2 * 3 * forward


def test_a_window_answers_once_a_sample():
    work = Work(units=3, symbols=5, length=9, batch=2, window=5)
    assert (work.updates, work.steps, work.answers) == (2, 5, 2)
    assert sum(product.operations for product in work.output_products()) == 2 * 3 * (2 * 3 * 5)


@given(st.integers(0, 3), st.integers(4, 9), st.integers(1, 3), st.integers(1, 4))
def test_whole_sequences_ask_for_the_lag(lag, length, batch, epochs):
    work = Work(symbols=6, length=length, batch=batch, lag=lag)
    x, y = draw(work, epochs, np.random.default_rng(0))
    assert x.shape == (epochs, 1, batch, length)
    expected = lagged(x.reshape(-1, length), lag)[:, lag:]
    np.testing.assert_array_equal(y.reshape(-1, length - lag), expected)


def test_windows_are_those_of_the_recipe():
    """The peers' samples and echospan's plan, laid over the same values."""
    work = Work(symbols=1000, length=25, batch=5, window=5)
    x, y = draw(work, 3, np.random.default_rng(0))
    values = np.random.default_rng(0).integers(1000, size=(3, 25), dtype="int32")
    experiment = experiment_of(work)
    plan = experiment.plan()
    for epoch in range(3):
        one = values[epoch : epoch + 1]
        np.testing.assert_array_equal(x[epoch], plan.gather(one, plan.inputs))
        asked = plan.gather(experiment.task.targets(one), plan.targets)
        np.testing.assert_array_equal(y[epoch], asked[..., 0])


def test_one_hot():
    np.testing.assert_array_equal(one_hot(np.array([[2, 0]]), 3), [[[0, 0, 1], [1, 0, 0]]])


@pytest.mark.parametrize("job", JOBS.values(), ids=JOBS)
def test_every_job_is_an_experiment_of_the_same_size(job):
    experiment = experiment_of(job.work)
    plan = experiment.plan()
    assert plan.updates == job.work.updates
    assert (plan.rows, plan.timesteps) == (job.work.batch, job.work.steps)

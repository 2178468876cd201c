from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from echospan.errors import ConfigError
from echospan.framings import Plan, Window
from echospan.tasks import Echo

VALUES = [[7, 3, 9], [1, 4, 0]]
POSITIONS = np.array([[[-1, 0], [5, 2]]], "int32")
GATHERED = [[[-1, 7], [0, 9]]]


@pytest.fixture
def plan():
    return Plan(POSITIONS, POSITIONS[..., :1], 2, 3, 3, "last")


def test_sizes(plan):
    assert (plan.updates, plan.rows, plan.timesteps) == (1, 2, 2)
    assert plan.target_position.tolist() == [[[-1], [2]]]


@pytest.mark.parametrize("xp", [np, jnp])
def test_gather_by_hand(plan, xp):
    values = xp.asarray(VALUES, dtype="int32")
    found = plan.gather(values, plan.inputs)
    assert found.tolist() == GATHERED
    assert found.dtype == values.dtype
    assert plan.gather(values, np.abs(plan.inputs)).tolist() == [[[3, 7], [0, 9]]]


def test_gather_inside_a_compiled_program(plan):
    found = jax.jit(lambda values: plan.gather(values, plan.inputs))(jnp.asarray(VALUES))
    assert found.tolist() == GATHERED


def test_gather_keeps_what_is_missing_in_the_values(plan):
    assert plan.gather(np.array([[-1, 3, 9], [1, 4, -1]]), plan.inputs).tolist() == [
        [[-1, -1], [-1, 9]]
    ]


@settings(max_examples=60, deadline=None)
@given(
    length=st.integers(2, 30),
    window=st.integers(1, 29),
    sequences=st.integers(1, 4),
    batch_size=st.integers(1, 130),
)
def test_a_batch_size_divides_or_is_refused_with_one_that_does(
    length, window, sequences, batch_size
):
    framing, task = Window(window=min(window, length - 1)), Echo(length=length, lag=0)
    samples = len(framing.samples(task).inputs) * sequences
    try:
        plan = framing.plan(task, batch_size=batch_size, sequences=sequences)
    except ConfigError as error:
        assert samples % batch_size
        better = int(error.hint.removeprefix("Try ").removesuffix("."))
        assert samples % better == 0
        plan = framing.plan(task, batch_size=better, sequences=sequences)
    else:
        assert samples % batch_size == 0
    assert plan.updates * plan.rows == samples
    # Sequence after sequence, and within one in the order of time.
    newest = plan.inputs[..., -1].ravel().tolist()
    assert newest == sorted(set(newest))

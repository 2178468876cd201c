from __future__ import annotations

import numpy as np
import pytest

from echospan.errors import ConfigError
from echospan.framings import PerStep, reach
from echospan.tasks import Echo


def test_echo_of_the_present_value_has_25_samples():
    plan = PerStep().plan(Echo(lag=0), batch_size=None, sequences=1)
    assert plan.inputs.ravel().tolist() == list(range(25))
    assert (plan.inputs == plan.targets).all()


def test_the_tutorials_mistake():
    """24 samples of one step, from step 1 on; 4 batches of 6: row j of batch b is 1 + 6b + j."""
    plan = PerStep().plan(Echo(lag=1), batch_size=6, sequences=1)
    assert plan.inputs.shape == plan.targets.shape == (4, 6, 1)
    for batch in range(4):
        for row in range(6):
            assert plan.inputs[batch, row, 0] == plan.targets[batch, row, 0] == 1 + 6 * batch + row


def test_the_tutorials_mistake_asks_for_the_value_before():
    task = Echo(lag=1)
    plan = PerStep().plan(task, batch_size=6, sequences=1)
    heard = np.random.default_rng(0).integers(0, 100, (1, 25))
    x = plan.gather(heard, plan.inputs).ravel()
    y = plan.gather(task.targets(heard), plan.targets).ravel()
    # The tutorial: "input is the sequence from step 1, output the sequence to the last but one".
    assert x.tolist() == heard[0, 1:].tolist()
    assert y.tolist() == heard[0, :-1].tolist()


def test_sequences_follow_one_another():
    plan = PerStep().plan(Echo(length=5, lag=1), batch_size=2, sequences=2)
    assert plan.inputs[..., 0].tolist() == [[1, 2], [3, 4], [6, 7], [8, 9]]


def test_an_aligned_row_is_a_sequence_of_its_own():
    task = Echo(length=4, lag=1)
    plan = PerStep(rows="aligned").plan(task, batch_size=3, sequences=3)
    assert plan.inputs[..., 0].tolist() == [[t, 4 + t, 8 + t] for t in range(4)]
    heard = np.arange(12).reshape(3, 4)
    asked = plan.gather(task.targets(heard), plan.targets)[..., 0]
    assert asked.tolist() == [[-1, -1, -1], [0, 4, 8], [1, 5, 9], [2, 6, 10]]


def test_aligned_rows_need_a_sequence_each():
    framing = PerStep(rows="aligned")
    assert framing.plan(Echo(), batch_size=None, sequences=7).rows == 7
    with pytest.raises(ConfigError) as caught:
        framing.plan(Echo(), batch_size=6, sequences=7)
    assert str(caught.value).startswith(
        "training.batch_size must be training.sequences (7) when rows are aligned"
    )


def test_gradient_through_the_sequence_lays_the_batches_end_to_end():
    plan = PerStep(gradient="sequence").plan(Echo(lag=1), batch_size=6, sequences=1)
    assert plan.inputs.shape == plan.targets.shape == (1, 6, 4)
    assert plan.outputs == "every"
    assert plan.inputs[0].tolist() == [[1 + j, 7 + j, 13 + j, 19 + j] for j in range(6)]
    assert (plan.inputs == plan.targets).all()


def test_aligned_and_through_the_sequence_is_whole_sequences():
    framing = PerStep(rows="aligned", gradient="sequence")
    plan = framing.plan(Echo(length=4), batch_size=2, sequences=2)
    assert plan.inputs.tolist() == [[[0, 1, 2, 3], [4, 5, 6, 7]]]


@pytest.mark.parametrize(
    ("framing", "carried", "shape"),
    [
        (PerStep(), True, (4, 6, 1)),
        (PerStep(), False, (1, 24, 1)),
        (PerStep(gradient="sequence"), True, (1, 6, 4)),
        (PerStep(gradient="sequence"), False, (1, 6, 4)),
        (PerStep(rows="aligned"), True, (25, 1, 1)),
        (PerStep(rows="aligned"), False, (25, 1, 1)),
        (PerStep(rows="aligned", gradient="sequence"), True, (1, 1, 25)),
    ],
)
def test_judging_keeps_the_layout_where_the_layout_is_the_question(framing, carried, shape):
    plan = framing.evaluation_plan(Echo(lag=1), batch_size=6, carried=carried)
    assert plan.inputs.shape == shape
    assert plan.sequences == 1


@pytest.mark.parametrize(
    ("rows", "blind"),
    [("consecutive", 24), ("aligned", 0)],
)
def test_which_rows_can_know(rows, blind):
    plan = PerStep(rows=rows).evaluation_plan(Echo(lag=1), batch_size=6, carried=True)
    assert reach(plan, 1, carried=True).blind == blind


def test_batches_must_divide():
    with pytest.raises(ConfigError, match=r"divisor of the 24 samples .* got 5\. Try 6\."):
        PerStep().plan(Echo(lag=1), batch_size=5, sequences=1)

from __future__ import annotations

import pytest

from echospan.errors import ConfigError
from echospan.framings import Sequence, Stream, Whole
from echospan.tasks import Echo, Recite


@pytest.mark.parametrize("framing", [Sequence(), Stream()])
def test_a_sample_is_a_sequence(framing):
    plan = framing.plan(Echo(length=4), batch_size=2, sequences=4)
    assert plan.inputs.tolist() == [
        [[0, 1, 2, 3], [4, 5, 6, 7]],
        [[8, 9, 10, 11], [12, 13, 14, 15]],
    ]
    assert (plan.targets == plan.inputs).all()
    assert plan.outputs == "every"


def test_a_sequence_is_judged_whole():
    for carried in (False, True):
        plan = Sequence().evaluation_plan(Echo(length=4), batch_size=1, carried=carried)
        assert plan.inputs.tolist() == [[[0, 1, 2, 3]]]
    assert not Sequence().carries_when_evaluated


def test_a_stream_is_judged_one_step_at_a_time_with_state():
    plan = Stream().evaluation_plan(Echo(length=4), batch_size=32, carried=False)
    assert plan.inputs.tolist() == plan.targets.tolist() == [[[0]], [[1]], [[2]], [[3]]]
    assert plan.inputs.dtype == "int32"
    assert (plan.updates, plan.rows, plan.timesteps, plan.sequences) == (4, 1, 1, 1)
    assert Stream().carries_when_evaluated


@pytest.mark.parametrize("framing", [Sequence(), Stream()])
def test_one_answer_for_each_step_is_needed(framing):
    with pytest.raises(ConfigError, match=r"framing\.kind must be 'whole' for a recite task"):
        framing.check(Recite())


def test_whole_sequences_in_and_all_answers_out():
    plan = Whole().plan(Recite(length=4, first=2), batch_size=2, sequences=2)
    assert plan.inputs.tolist() == [[[0, 1, 2, 3], [4, 5, 6, 7]]]
    assert plan.targets.tolist() == [[[0, 1], [2, 3]]]
    assert plan.target_position.tolist() == [[[0, 1], [0, 1]]]
    assert plan.outputs == "written"


def test_whole_takes_tasks_with_an_answer_for_each_step_too():
    Whole().check(Echo())
    assert Whole().plan(Echo(), batch_size=None, sequences=1).targets.shape == (1, 1, 25)

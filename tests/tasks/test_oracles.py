"""What a task asks is what a program that only listens would answer, and nothing else is asked."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from echospan.random import NumpyDraw
from echospan.tasks import TASKS
from tasks.oracles import ORACLES, agree

SEEDS = st.integers(0, 2**32 - 1)
SETTINGS = {
    "echo": st.fixed_dictionaries(
        {"symbols": st.integers(2, 9), "lag": st.integers(0, 5), "length": st.integers(6, 12)}
    ),
    "copy": st.fixed_dictionaries(
        {
            "symbols": st.integers(2, 9),
            "items": st.integers(1, 6),
            "blank": st.integers(1, 9),
            "scored": st.sampled_from(["recall", "all"]),
        }
    ),
    "selective-copy": st.fixed_dictionaries(
        {"symbols": st.integers(2, 9), "items": st.integers(1, 6), "length": st.integers(6, 20)}
    ),
    "temporal-order": st.fixed_dictionaries({"length": st.integers(10, 70)}),
    "noise-free-lag": st.fixed_dictionaries(
        {"lag": st.integers(2, 20), "scored": st.sampled_from(["recall", "all"])}
    ),
    "recall": st.fixed_dictionaries(
        {
            "symbols": st.integers(12, 40),
            "pairs": st.integers(1, 5),
            "length": st.integers(10, 20).map(lambda half: 2 * half),
            "power": st.sampled_from([0.01, 1.0]),
        }
    ),
    "continuous-echo": st.fixed_dictionaries(
        {"amplitude": st.floats(0.1, 5), "lag": st.integers(0, 5), "length": st.integers(6, 12)}
    ),
    "adding": st.fixed_dictionaries({"length": st.integers(2, 30)}),
}


@pytest.mark.parametrize("kind", ORACLES)
@hypothesis_settings(max_examples=40, deadline=None)
@given(data=st.data(), seed=SEEDS)
def test_the_oracle_is_always_right(kind, data, seed):
    task = TASKS[kind](**data.draw(SETTINGS[kind]))
    values = task.draw(NumpyDraw(np.random.default_rng(seed)), 3, {}, "train")
    for heard, asked in zip(values.tolist(), task.targets(values).tolist(), strict=True):
        answers = list(ORACLES[kind](task, heard))
        assert len(answers) == task.target_steps
        assert all(map(agree, asked, answers)), (heard, asked, answers)


def test_every_generated_task_has_an_oracle():
    assert set(TASKS) - set(ORACLES) == {"cued-echo", "recite", "series"}

"""What the playground shows of models that a page can't compute."""

from __future__ import annotations

import pytest

import echospan
from echospan.lab.answers import answers

SMALL = {"task.symbols": 4, "task.length": 8, "model.units": 8, "training.epochs": 3}

pytestmark = pytest.mark.slow


def run_of(path, recipe, settings):
    return echospan.run(recipe, {**SMALL, **settings}, store=path).run_id


def test_steps_have_answers_and_the_state_after_each(tmp_path):
    run_id = run_of(tmp_path, "stream", {"model.kind": "min-gru"})
    found = answers(str(tmp_path), run_id, [3, 1, 2])
    assert found["error"] == ""
    assert [step["input"] for step in found["steps"]] == [3, 1, 2]
    assert found["steps"][0]["answer"] is None
    assert len({len(step["hidden"]) for step in found["steps"]}) == 1
    # The same numbers give the same steps: no state is left over from before.
    assert answers(str(tmp_path), run_id, [3, 1, 2]) == found
    with echospan.store.Store(tmp_path) as store:
        from echospan.serve import load

        told = load(store.get(run_id)).predict(["3", "1", "2"]).predicted
    assert [None if one is None else int(one) for one in told] == [
        step["answer"] for step in found["steps"]
    ]


def test_what_a_model_can_not_take_is_one_sentence(tmp_path):
    run_id = run_of(tmp_path, "stream", {"model.kind": "min-gru"})
    assert "0 to 3" in answers(str(tmp_path), run_id, [3, 9])["error"]
    assert answers(str(tmp_path), "nothing-1", [1])["error"]

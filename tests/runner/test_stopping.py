"""The stop flag is looked at between any two pieces of work, and what is done is kept."""

from __future__ import annotations

import numpy as np
import pytest

from echospan.engine import evaluator
from echospan.engine.compiled_experiment import CompiledExperiment
from echospan.errors import ConfigError
from echospan.observer import Halted, Stopped
from echospan.recipe import find
from echospan.runner import Session, resume_all, run_recipe
from echospan.store import Store

TINY = {"task.symbols": 4, "task.length": 6, "model.units": 4, "training.epochs": 3}


class After:
    """A stop flag that is raised at the n-th look."""

    def __init__(self, looks: int) -> None:
        self.left = looks

    def __call__(self) -> bool:
        self.left -= 1
        return self.left < 0


def test_judging_in_pieces_gives_the_same_answers_and_halts_between_them(monkeypatch):
    experiment = find("stream").settle({**TINY, "evaluation.sequences": 250})
    answers = []
    for most in (250, 7):
        monkeypatch.setattr(evaluator, "MOST_AT_ONCE", most)
        compiled = CompiledExperiment(experiment)
        values = compiled.start(experiment)
        answers.append(compiled.judge(values, seed=5))
    for whole, pieces in zip(*answers, strict=True):
        np.testing.assert_array_equal(whole, pieces, strict=True)
    assert len(answers[0].values) == 250
    look = After(3)
    with pytest.raises(Halted):
        compiled.judge(values, seed=5, stop=look)
    assert look.left < 0


def test_a_run_that_is_stopped_while_it_is_judged_keeps_its_training(tmp_path, monkeypatch):
    settings = {**TINY, "evaluation.sequences": 200}
    with Store(tmp_path / "whole") as store:
        whole = run_recipe(Session(store), find("stream"), settings, variants=False)[0]
    judged = []
    run = evaluator.Evaluator.run

    def spied(self, values, key, stop=None):
        judged.append(stop)
        return run(self, values, key, After(0) if len(judged) == 1 else stop)

    monkeypatch.setattr(evaluator.Evaluator, "run", spied)
    with Store(tmp_path / "runs") as store:
        with pytest.raises(Stopped) as stopped:
            run_recipe(Session(store), find("stream"), settings, variants=False)
        stored = store.get(stopped.value.run_id)
        assert stored.state == "interrupted"
        assert stored.load_checkpoint()[1]["epoch"] == 3
        again = resume_all(Session(store), [stored])[0]
    assert (again.predicted, again.loss) == (whole.predicted, whole.loss)
    assert None not in judged


def test_seeds_are_counted_before_any_folder_is_made(tmp_path):
    with Store(tmp_path / "runs") as store:
        with pytest.raises(ConfigError, match=r"seeds must be at most 1,000.*--yes"):
            run_recipe(Session(store), find("stream"), TINY, seeds=1_000_000)
        assert store.list() == []


def test_making_many_runs_stops_and_leaves_none_running(tmp_path):
    with Store(tmp_path / "runs") as store:
        session = Session(store, stop=After(3))
        with pytest.raises(Stopped) as stopped:
            run_recipe(session, find("stream"), TINY, seeds=900, variants=False)
        assert len(stopped.value.run_ids) == 4
        assert {run.state for run in store.list()} == {"interrupted"}

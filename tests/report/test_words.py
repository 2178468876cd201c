from __future__ import annotations

from echospan.report import words
from echospan.results.run import RunData

from .samples import result


def test_chance_and_the_measured_baseline_have_different_names() -> None:
    named = [words.baseline(name) for name in result().baselines]
    assert named == ["random guesses", "last value repeated"]
    assert words.baseline("my-own") == "my-own"
    assert words.chance_meaning(result()) == "expected of guessing"
    series = RunData(settings={"task": {"kind": "series"}})
    assert words.chance_meaning(series) == "always the most common value"


def test_headline_leaves_out_what_is_not_known() -> None:
    assert words.headline(RunData()) == ""
    assert words.headline(RunData(accuracy=0.5)) == "50 % of the scored steps were right."
    assert words.headline(RunData(accuracy=0.5, scored=1, sequences=1), seed=4) == (
        "50 % of 1 scored step in 1 new sequence were right. Seed 4."
    )


def test_chance_is_called_guessing() -> None:
    given = result(accuracy=0.01, accuracy_interval=[0.008, 0.012])
    assert "does not differ from guessing" in words.headline(given)


def test_time_spent() -> None:
    assert words.time_spent(RunData.from_dict({"seconds": {"train": 2.0, "evaluate": "x"}})) == [
        ("train", "2.0 s")
    ]
    assert words.time_spent(RunData.from_dict({"seconds": 3})) == [("total", "3.0 s")]
    assert words.time_spent(RunData()) == []


def test_no_training_time_where_nothing_was_trained() -> None:
    given = RunData(epochs=0, seconds={"compile": 1.0, "train": 0.0})
    assert words.time_spent(given) == [("compile", "1.0 s")]
    solved_in_closed_form = RunData(epochs=0, seconds={"train": 2.0})
    assert words.time_spent(solved_in_closed_form) == [("train", "2.0 s")]

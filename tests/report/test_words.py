from __future__ import annotations

import pytest

from echospan.report import words
from echospan.results.run import RunData

from .samples import result


@pytest.mark.parametrize(
    ("interval", "chance", "ceiling", "verdict"),
    [
        ([0.008, 0.012], 0.01, 1.0, words.AT_CHANCE),
        ([0.02, 0.04], 0.01, 1.0, words.ABOVE_CHANCE),
        ([0.999, 1.0], 0.01, 1.0, words.AT_CEILING),
        ([0.001, 0.005], 0.01, 1.0, words.BELOW_CHANCE),
        ([0.4, 0.6], 0.5, 0.55, words.AT_CHANCE),
        ([0.54, 0.6], 0.5, 0.55, words.AT_CEILING),
        ([0.54, 0.6], 0.5, None, words.ABOVE_CHANCE),
        (None, 0.5, 1.0, ""),
        ([0.4, 0.6], None, 1.0, ""),
    ],
)
def test_verdict(interval: object, chance: object, ceiling: object, verdict: str) -> None:
    given = result(accuracy_interval=interval, chance=chance, ceiling=ceiling)
    assert words.verdict(given) == verdict


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

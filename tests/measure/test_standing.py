from __future__ import annotations

import pytest

from echospan.measure.standing import STANDINGS, standing
from echospan.results.run import RunData


@pytest.mark.parametrize(
    ("score", "interval", "chance", "ceiling", "expected"),
    [
        (0.025, (0.021, 0.030), 0.01, 1.0, "barely above chance"),
        (0.655, (0.641, 0.669), 0.01, 1.0, "partly solved"),
        (0.995, (0.992, 0.997), 0.01, 1.0, "solved"),
        (0.958, (0.951, 0.964), 0.01, 1.0, "partly solved"),
        (1.0, (0.9992, 1 - 1e-17), 0.01, 1.0, "solved"),
        (0.010, (0.008, 0.012), 0.01, 1.0, "at chance"),
        (0.003, (0.001, 0.005), 0.01, 1.0, "below chance"),
        # Few answers: wide enough to hold the ceiling, but the score is not there.
        (0.8, (0.5, 1.0), 0.1, 1.0, "partly solved"),
        (0.99, (0.9, 1.0), 0.1, 1.0, "solved"),
        # Chance and ceiling are the measure, not 0 and 1.
        (0.5, (0.4, 0.6), 0.5, 0.55, "at chance"),
        (0.57, (0.54, 0.6), 0.5, 0.55, "solved"),
        (0.53, (0.51, 0.54), 0.5, 0.55, "partly solved"),
        (0.57, (0.54, 0.6), 0.5, None, "above chance"),
        (0.57, (0.54, 0.6), 0.5, 0.5, "above chance"),
        (0.57, None, 0.5, 1.0, ""),
        (0.57, (0.54, 0.6), None, 1.0, ""),
        (None, (0.54, 0.6), 0.5, 1.0, ""),
    ],
)
def test_standing(score, interval, chance, ceiling, expected):
    assert standing(score, interval, chance, ceiling) == expected
    assert expected in ("", *STANDINGS)


def test_a_better_score_never_stands_lower():
    order = [
        standing(at, (at - 0.002, at + 0.002), 0.25, 1.0) for at in (0.1, 0.25, 0.3, 0.6, 0.99)
    ]
    assert [STANDINGS.index(word) for word in order] == [0, 1, 2, 3, 4]


def test_numbers_stand_by_their_squared_error_where_few_are_within_the_tolerance():
    number = {"accuracy": 0.01, "accuracy_interval": (0.008, 0.012), "chance": 0.01, "ceiling": 1.0}
    error = {"chance_squared_error": 0.2}
    good = RunData(**number, **error, squared_error_interval=(0.01, 0.02))
    assert good.standing == "barely above chance"
    bad = RunData(**number, **error, squared_error_interval=(0.19, 0.21))
    assert bad.standing == "at chance"
    right = {**number, "accuracy": 0.9, "accuracy_interval": (0.88, 0.92)}
    assert (
        RunData(**right, **error, squared_error_interval=(0.01, 0.02)).standing == "partly solved"
    )

from __future__ import annotations

from dataclasses import replace
from typing import Any

from echospan.report.words import NOTHING, apart, capacity, protocol, rates_tried
from echospan.results.comparison import ComparisonData, Difference, Farther
from echospan.results.protocol import ProtocolUse

from .sheets import full_sheet, row, sheet


def test_what_is_proved_and_what_is_measured_is_said_apart() -> None:
    plateau, bound = full_sheet(), full_sheet(of_state=4.0)
    assert capacity(plateau).startswith("at least 3.9 bits are stored at lag 2 (0.24 symbols per")
    assert "Collins" in capacity(plateau)
    assert capacity(bound).endswith("limited by the size of the state (proved)")
    assert capacity(plateau).endswith("whether the state could store more is undecided")


def test_a_model_that_is_limited_by_construction_is_not_undecided() -> None:
    given = replace(full_sheet(), learns="nothing", verdict_code="limited-by-receptive-field")
    assert capacity(given) == "at least 3.9 bits are stored at lag 2"
    assert capacity(sheet("gru")) == ""


def test_rates_are_told_where_more_than_one_raced() -> None:
    one = full_sheet().per_lag[0]
    raced = replace(one, tried_seeds={"0.01": 3, "0.03": 1})
    assert rates_tried(raced) == "0.01 (3 seeds), 0.03 (1 seed)"
    assert rates_tried(replace(one, tried_seeds={"0.01": 3})) == ""


def compared(
    *, word: str = "lag", **parts: tuple[Farther, ...] | tuple[Difference, ...]
) -> list[str]:
    given: dict[str, Any] = {"farther": (), "differences": (), **parts}
    sheets = (replace(sheet("lstm"), distance=word),)
    return apart(ComparisonData(sheets, seconds=1.0, **given))


def test_models_that_solve_what_another_does_not_share_a_sentence_the_farthest_first() -> None:
    pairs = (
        Farther("gru", 10, "lstm", 9),
        Farther("lru", 20, "lstm", 9),
        Farther("lru", 20, "gru", 14),
        Farther("tcn", 9, "lstm", 9),
    )
    assert compared(farther=pairs) == [
        "lru (span 20), gru (span 10) and tcn (span 9) solve lag 9; lstm does not.",
        "lru (span 20) solves lag 14; gru does not.",
    ]


def test_only_differences_beyond_the_intervals_are_told_by_lag() -> None:
    found = (
        Difference(10, "gru", "lstm", 0.191, True),
        Difference(10, "lru", "lstm", 0.2, True),
        Difference(9, "gru", "lstm", 0.073, True),
        Difference(8, "gru", "lstm", 0.01, False),
    )
    end = "more accurate than lstm, beyond the confidence intervals."
    assert compared(differences=found) == [
        f"At lag 9, gru (by 7.3 points) is {end}",
        f"At lag 10, lru (by 20.0 points) and gru (by 19.1 points) are {end}",
    ]


def test_nothing_apart_is_said_too() -> None:
    one, other = sheet("lstm", row(1, 1.0, "solved")), sheet("gru", row(1, 1.0, "solved"))
    assert apart(ComparisonData((one, other), (), (), 1.0)) == [NOTHING]


def test_models_without_a_lag_decided_for_both_are_not_called_alike() -> None:
    one, other = sheet("lstm", row(1, 1.0, "solved")), sheet("gru", row(1, 0.9, "undecided"))
    nothing = "No lag was decided for two models, so they cannot be compared."
    assert apart(ComparisonData((one, other), (), (), 1.0)) == [nothing]
    assert compared() == [nothing]


def test_a_bound_is_no_measured_span() -> None:
    assert compared(farther=(Farther("gru", None, "lstm", 9, 10),)) == [
        "gru (span at least 10) solves lag 9; lstm does not."
    ]


def test_another_task_names_its_own_distance() -> None:
    assert compared(word="pairs", farther=(Farther("lru", 6, "lstm", 4),)) == [
        "lru (span 6) solves pairs 4; lstm does not."
    ]


def test_the_protocol_is_named_and_what_differs_from_it() -> None:
    assert protocol(sheet("gru")) == ""
    use = ProtocolUse("standard-1", 1, "0123456789abcdef", True)
    assert protocol(replace(sheet("gru"), protocol=use)) == "standard-1"
    changed = {
        "task": ["echo", {"kind": "copy", "items": 3}],
        "lags": [None, [1, 2]],
        "threshold": [0.95, 0.9],
        "budget": [None, "60 s"],
    }
    other = replace(sheet("gru"), protocol=replace(use, standard=False, changed=changed))
    assert protocol(other) == (
        "standard-1, but not standard: task copy (items 3) (not echo); lags 1, 2; "
        "threshold 0.9 (not 0.95); budget 60 s"
    )
    assert "threshold 0.9 (not 0.95)" in " ".join(str(other).split())
    assert "threshold 0.9 (not 0.95)" in other._repr_html_()
    stopped = replace(other, interrupted=True, protocol=replace(use, standard=False))
    assert protocol(stopped) == "standard-1, but not standard: interrupted"
    mine = replace(sheet("gru"), protocol=ProtocolUse("mine", 1, "0123456789abcdef", False))
    assert protocol(mine) == "mine, your own"

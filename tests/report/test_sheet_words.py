from __future__ import annotations

from typing import Any

from echospan.report.sheet_words import capacity, rates_tried


def sheet(standing: str, **more: Any) -> dict[str, Any]:
    found = {"most": 23.46, "most_at": 9, "symbols_per_number": 0.071, "standing": standing}
    return {"learns": "gradient", "verdict_code": "undecided", "capacity": found, **more}


def test_what_is_proved_and_what_is_measured_is_said_apart():
    words = {code: capacity(sheet(code)) for code in ("at-bound", "plateau", "open")}
    for said in words.values():
        assert said.startswith("answers prove 23.5 bits held at lag 9; 0.071 symbols a number")
        assert "Collins" in said
    assert words["at-bound"].endswith("proved")
    assert words["plateau"].endswith("measured, not proved")
    assert words["open"].endswith("undecided")


def test_a_model_that_is_limited_by_construction_is_not_undecided():
    said = capacity(sheet("open", learns="nothing", verdict_code="limited-by-receptive-field"))
    assert said == "answers prove 23.5 bits held at lag 9"
    assert capacity({"capacity": None}) == ""


def test_rates_are_told_where_more_than_one_raced():
    assert rates_tried({"tried_seeds": {"0.01": 3, "0.03": 1}}) == "0.01 (3 seeds), 0.03 (1 seed)"
    assert rates_tried({"tried_seeds": {"0.01": 3}}) == ""

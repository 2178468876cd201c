"""Whole sheets, small enough for the quick suite."""

import json
import math

import pytest

from echospan.errors import ConfigError
from echospan.spans.api import span


def test_a_model_that_knows_nothing_is_at_chance() -> None:
    sheet = span("chance", symbols=5, lags=[1, 2])
    assert sheet.span == 0
    assert sheet.verdict_code == "ignores-input"
    for row in sheet.per_lag:
        assert row.interval is not None
        assert row.interval[0] <= 0.2 <= row.interval[1]
        assert row.outcome == "failed"


def test_the_last_value_knows_lag_0_and_nothing_else() -> None:
    sheet = span("last-value", symbols=8, lags=[0, 1])
    assert [row.outcome for row in sheet.per_lag] == ["solved", "failed"]
    assert sheet.per_lag[0].bits == pytest.approx(3.0)
    assert sheet.verdict_code == "limited-by-receptive-field"


@pytest.mark.slow
def test_a_small_gru_learns_and_its_sheet_is_plain_json() -> None:
    sheet = span("gru", units=16, symbols=4, lags=[1], budget="3k updates", seeds=2)
    found = json.loads(json.dumps(sheet.to_dict()))
    keys = {
        "model", "parameters", "state_size", "symbols", "span", "per_lag", "chance", "bits_held",
        "checks", "verdict", "verdict_code", "seconds",
    }  # fmt: skip
    assert keys <= set(found)
    row = found["per_lag"][0]
    for key in ("lag", "accuracy", "interval", "bits", "solved_share", "learning_rate", "updates"):
        assert key in row
    # Lag 2 was not tested, so it may well be more.
    assert (found["span"], found["span_status"], found["span_at_least"]) == (None, "at_least", 1)
    assert found["verdict_code"] == "solved"
    assert found["state_size"] == 16
    assert row["solved_share"] == 1.0
    assert row["streamed"] == pytest.approx(row["accuracy"], abs=0.01)
    assert all(check["passed"] for check in found["checks"].values())
    assert 2.0 < found["bits_held"] < 16 * 32
    assert math.isclose(found["bits_per_symbol"], 2.0)


@pytest.mark.slow
def test_a_budget_too_small_gives_no_span() -> None:
    sheet = span("gru", units=8, symbols=4, lags=[1], budget="10 updates", seeds=1)
    assert (sheet.span, sheet.span_status, sheet.span_at_least) == (None, "undecided", None)
    assert sheet.verdict_code == "undecided"
    assert sheet.per_lag[0].outcome == "undecided" if sheet.per_lag else True


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"model": "lstn"}, "Did you mean 'lstm'"),
        ({"model": "lstm", "seeds": 0}, "seeds must be a whole number"),
        ({"model": "lstm", "symbols": 1}, "symbols must be"),
        ({"model": "lstm", "lags": [-1]}, "lags must be"),
        ({"model": "lstm", "units": 4, "params": 100}, "params must be left out"),
        ({"model": "lstm", "params": 0}, "params must be an integer of at least 1"),
        ({"model": "lstm", "threshold": 0.05}, "threshold must be above chance"),
        ({"model": "lstm", "budget": "soon"}, "budget must be"),
        ({"model": "encoder-decoder"}, "an output at every step"),
        ({"model": "lstm", "settings": {"unitz": 3}}, "Did you mean 'units'"),
    ],
)
def test_mistakes_are_named(settings: dict[str, object], words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        span(**settings)  # type: ignore[arg-type]


@pytest.mark.slow
def test_another_task_is_asked_at_its_distances() -> None:
    sheet = span(
        "gru", units=32, task="temporal-order", lags=[10], seeds=1, rates=[0.01],
        budget="1k updates",
    )  # fmt: skip
    found = sheet.to_dict()
    assert (found["task"], found["distance"], found["chance"]) == ("temporal-order", "length", 0.25)
    assert (found["span"], found["span_at_least"]) == (None, 10)
    row = found["per_lag"][0]
    assert (row["lag"], row["bits"], row["bits_needed"]) == (10, None, 2.0)
    assert row["scored"] >= 512
    assert found["decay"] is None
    assert found["references"] == {}
    assert "left out" in found["notes"][-1]

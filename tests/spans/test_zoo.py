"""Known answers: what the architecture says a model can remember, it can, and no more."""

import pytest

from echospan.memory_tasks.echo import EchoTask
from echospan.spans.api import span


@pytest.mark.slow
@pytest.mark.parametrize("taps", [3, 10])
def test_a_delay_line_spans_exactly_its_taps(taps: int) -> None:
    sheet = span("delay-line", symbols=6, settings={"taps": taps}, seeds=1)
    assert sheet.span == taps
    assert sheet.first_failed == taps + 1
    assert sheet.verdict_code == "limited-by-receptive-field"
    assert sheet.decay is not None
    assert sheet.bits_held == pytest.approx(taps * 2.585, rel=0.02)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("model", "settings", "field"), [("mlp", {"window": 4}, 4), ("tcn", {}, None)]
)
def test_beyond_its_field_a_model_is_at_chance(
    model: str, settings: dict[str, int], field: int | None
) -> None:
    from echospan.adapters.resolve import resolve_model

    if field is None:
        field = resolve_model(model, EchoTask(4), settings=settings).receptive_field
        assert field is not None
    sheet = span(
        model,
        symbols=4,
        settings=settings,
        lags=[field],
        seeds=1,
        updates=100,
        rates=[0.003],
        budget="1k updates",
    )
    row = sheet.per_lag[0]
    assert row.outcome == "failed"
    assert row.interval is not None
    assert row.interval[0] <= 0.25 <= row.interval[1]
    assert sheet.verdict_code == "limited-by-receptive-field"
    assert f"last {field} steps" in sheet.verdict

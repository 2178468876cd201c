"""Made-up but well-formed spec sheets."""

from __future__ import annotations

from dataclasses import replace

from echospan.measure import Interval
from echospan.report.objects import Sheet
from echospan.results.capacity import Capacity, Held
from echospan.results.lag_row import Curve, LagRow, SeedScore
from echospan.results.probes import Check, Condition, Decay, Reach, Reference


def row(lag: int, share: float, outcome: str) -> LagRow:
    """One lag with two seeds that scored alike."""
    interval = Interval(share - 0.01, share)
    seeds = tuple(
        SeedScore(seed, share, interval, share, outcome == "solved", "stalled", 400)
        for seed in (0, 1)
    )
    curves = tuple(
        Curve(seed, (100, 200, 400), (1.4, 0.4, 0.1), (0.3, 0.8, share)) for seed in (0, 1)
    )
    return LagRow(
        lag, outcome, share, interval, share, interval, share, 1.9, 1.8, 1.0, 0.01, 400, seeds,
        {"0.01": 0.9}, {"0.01": 2}, curves, 32, 1000, 0.25, 2.0 * lag, 1.95,
    )  # fmt: skip


def sheet(model: str, *rows: LagRow) -> Sheet:
    """A sheet with nothing but rows."""
    return Sheet(
        model=model,
        framework="keras",
        learns="gradient",
        parameters=1000,
        state_size=8,
        receptive_field=None,
        symbols=4,
        task="echo",
        seeds=2,
        threshold=0.95,
        confidence=0.95,
        budget="20 updates",
        span=None,
        span_status="at_least" if rows else "undecided",
        span_at_least=2 if rows else None,
        first_failed=4 if rows else None,
        per_lag=rows,
        chance=0.25,
        checks={},
        verdict="It solved every lag that was tried, up to 2.",
        verdict_code="undecided",
    )


def full_sheet(of_state: float = 256.0) -> Sheet:
    """Lags 1 and 2 solved, 3 cut short by the budget, 4 failed; everything else measured, too."""
    rows = (
        row(1, 1.0, "solved"),
        row(2, 0.99, "solved"),
        row(3, 0.3, "undecided"),
        row(4, 0.8, "failed"),
    )
    held = (
        Held(1, 2.0, 2.0, (2.0, 2.0), True, True),
        Held(2, 4.0, 3.9, (3.8, 3.9), True, True),
        Held(4, 8.0, 3.8, (3.6, 3.9), True, False),
    )
    plain = sheet("gru", *rows)
    interval = Interval(0.8, 0.9)
    return replace(
        plain,
        capacity=Capacity(held, of_state),
        bits_of_state=of_state,
        decay=Decay((0, 1, 2), (1.0, 0.9, 0.3), (interval,) * 3, (2.0, 1.4, 0.0)),
        reach={"trained": Reach((1.0, 0.5, 0.0), (1.0, 0.2, 0.0))},
        lengths=(Condition("1 x", 0.99, interval), Condition("2 x", 0.85, interval)),
        distractors=(Condition("few", 0.85, interval),),
        references={"delay-line": (Reference(1, 1.0, Interval(0.99, 1.0)),)},
        checks={
            "finite": Check(True, "All scores are finite."),
            "causal": Check(False, "Step 4 changed: earlier scores differ by 1."),
            "resets": Check(None, "The model cannot stream."),
        },
        notes=("A note.",),
        measured_at=2,
    )

"""Reports of `needs`, made up: one where the past helps, one where it does not."""

from __future__ import annotations

from typing import Any

from echospan.report.memory_objects import NeedsReport
from echospan.results.needs import NeedsLag, NeedsPoint, OtherSplits

CURVE = tuple(
    NeedsPoint(lookback, loss, (0.9 * loss, 1.1 * loss))
    for lookback, loss in {0: 4.0, 1: 2.0, 2: 1.9, 3: 1.2, 4: 1.0, 6: 1.01, 8: 1.0}.items()
)


def needed(**changes: Any) -> NeedsReport:
    """A report with everything in it."""
    content: dict[str, Any] = {
        "data": "rides.csv", "target": "riders", "kind": "numbers", "symbols": 0, "values": 400,
        "total": 500, "horizon": 1, "splits": "blocks", "any_past_helps": True, "p_value": 0.01,
        "detectable_gain": None, "at_least": 3, "needs": 4, "enough": 6, "still_helps": False,
        "gain_98": 3, "margin": 0.02, "curve": CURVE,
        "lags": (NeedsLag(1, "riders", 0.3, 0.6), NeedsLag(4, "rain", None, 0.05)),
        "paste": "window=4", "other": OtherSplits("forward", 1, 1, False),
        "notes": ("Of 500 values, 400 were used.",), "seconds": 2.5, "seed": 0,
    }  # fmt: skip
    return NeedsReport(**{**content, **changes})


def no_past(**changes: Any) -> NeedsReport:
    """A report where no past helps."""
    return needed(
        **{
            "any_past_helps": False, "p_value": 0.4, "detectable_gain": 0.0312, "at_least": 0,
            "needs": 0, "enough": None, "gain_98": 0, "lags": (), "paste": None, "other": None,
            **changes,
        }
    )  # fmt: skip

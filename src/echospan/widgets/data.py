"""What the pictures of rows, reach and accuracy show, as plain values."""

from __future__ import annotations

from typing import Any, Literal

from echospan.arguments import flag, instance, one_of, validated, whole
from echospan.results.check_report import CheckData, by_pair
from echospan.results.comparison import ComparisonData
from echospan.results.lag_row import LagRow
from echospan.results.sheet import SheetData

Rows = Literal["consecutive", "aligned"]
Reset = Literal["batch", "epoch", "never"]


@validated(
    length=whole(2, 60),
    batch_size=whole(1, 32),
    window=whole(1, 24),
    lag=whole(0, 59),
    rows=one_of("consecutive", "aligned"),
    reset=one_of("batch", "epoch", "never"),
    shuffle=flag,
)
def rows_data(
    *,
    length: int = 24,
    batch_size: int = 4,
    window: int = 1,
    lag: int = 1,
    rows: Rows = "consecutive",
    reset: Reset = "never",
    shuffle: bool = False,
) -> dict[str, Any]:
    """Return what the picture "rows" shows at first; its knobs change the same settings.

    Args:
        length: Steps of a series.
        batch_size: Rows of a batch.
        window: Steps of a sample.
        lag: Steps between a value and the answer that needs it.
        rows: Which samples share a row of successive batches: the next ones of one series
            ("consecutive"), or those of a series of its own ("aligned").
        reset: When the carried state returns to zero.
        shuffle: Whether the samples come in random order.

    Example:
        >>> echospan.widgets.rows_data(lag=3)["settings"]["batch_size"]
        4
    """
    settings = {
        "length": length,
        "batch_size": batch_size,
        "window": window,
        "lag": lag,
        "rows": rows,
        "reset": reset,
        "shuffle": shuffle,
        "step": 0,
    }
    return {"picture": "rows", "title": "Row arithmetic", "settings": settings}


@validated(
    check=instance("what echospan.check returned", "echospan.results.check_report:CheckData")
)
def reach_data(check: CheckData) -> dict[str, Any]:
    """Return what the picture "reach" shows of a check.

    Args:
        check: What `echospan.check` returned.

    Example:
        >>> from echospan.results.check_report import CheckData, Lag
        >>> data = echospan.widgets.reach_data(CheckData((), (Lag(0, True, True, 1.0),)))
        >>> data["pairs"][0]["lags"][0]["forward"]
        True
    """
    pairs = [
        {
            "title": title,
            "needed": needed,
            "lags": [
                {
                    "lag": lag.lag,
                    "forward": lag.forward,
                    "gradient": lag.gradient,
                    "strength": lag.strength,
                }
                for lag in lags
            ],
        }
        for title, lags, needed in by_pair(check.reach, check.needs_lag.lag)
    ]
    about = (
        "Measured on a copy of the model with random weights: which past inputs change the "
        "output, and which its gradient reaches."
    )
    return {"picture": "reach", "title": "Reach map", "about": about, "pairs": pairs}


@validated(
    sheets=instance(
        "what echospan.span or echospan.compare returned",
        "echospan.results.sheet:SheetData",
        "echospan.results.comparison:ComparisonData",
    )
)
def accuracy_data(sheets: SheetData | ComparisonData) -> dict[str, Any]:
    """Return what the picture "accuracy" shows of one model, or of several side by side.

    Args:
        sheets: What `echospan.span` or `echospan.compare` returned.

    Example:
        >>> sheet = echospan.span("last-value", symbols=8, lags=[0, 1])
        >>> [row["lag"] for row in echospan.widgets.accuracy_data(sheet)["models"][0]["lags"]]
        [0, 1]
    """
    known = sheets.sheets if isinstance(sheets, ComparisonData) else (sheets,)
    first = known[0]
    shared = f"Task {first.task}; intervals at {100 * first.confidence:.0f} % confidence."
    return {
        "picture": "accuracy",
        "title": f"{'R2' if first.scored_as == 'R2' else 'Accuracy'} by {first.distance}",
        "about": shared,
        "scored_as": first.scored_as,
        "distance": first.distance,
        "chance": first.chance,
        "threshold": first.threshold,
        "models": [
            {
                "name": sheet.model,
                "lags": [_row(row) for row in sheet.per_lag if row.accuracy is not None],
            }
            for sheet in known
        ],
    }


def _row(row: LagRow) -> dict[str, Any]:
    return {
        "lag": row.lag,
        "outcome": row.outcome,
        "accuracy": row.accuracy,
        "interval": _ends(row.interval),
        "mean": row.mean,
        "over_seeds": _ends(row.over_seeds),
        "seeds": [
            {"seed": seed.seed, "accuracy": seed.accuracy, "interval": _ends(seed.interval)}
            for seed in row.seeds
        ],
    }


def _ends(interval: tuple[float, float] | None) -> list[float] | None:
    return None if interval is None else [interval[0], interval[1]]

"""Sentences about what `needs` found; terminal and page share them."""

from __future__ import annotations

from echospan.report.values import count, duration, percent, plural
from echospan.results.needs import NeedsData, NeedsLag

CURVE = ("lookback", "loss", "95 % interval", "of the loss without past")
"""Columns of the table of losses."""

LAGS = ("lag", "column", "lost without it", "has alone")
"""Columns of the table of lags: shares of the gain."""

UNIT = {"numbers": "mean squared error", "symbols": "bits a symbol"}

BADGES = {True: "the past helps", False: "no past helps"}

MOST_LAGS = 12
"""Lags that a terminal lists."""


def amount(value: float) -> str:
    """A loss as text."""
    return f"{value:.4g}"


def taken(report: NeedsData) -> str:
    """What was read, and as what."""
    what = "numbers" if report.kind == "numbers" else f"symbols ({count(report.symbols)} different)"
    ahead = "" if report.horizon == 1 else f", horizon {count(report.horizon)}"
    return f"{report.data}, {report.target}: {count(report.values)} values taken as {what}{ahead}."


def opening(report: NeedsData) -> str:
    """The answer, in one sentence."""
    values = f"these {count(report.values)} values"
    if not report.any_past_helps:
        return f"No past helps, as far as {values} can show."
    steps = plural(report.needs, "step")
    return f"A model needs to see the last {steps}, as far as {values} can show."


def statements(report: NeedsData) -> list[str]:
    """What is said of the curve, one sentence each."""
    p = "p < 0.001" if report.p_value < 0.0015 else f"p = {report.p_value:.3f}"
    if not report.any_past_helps:
        told = [f"Does any past help? None was shown to ({p})."]
        if report.detectable_gain is not None:
            told.append(
                f"A past that lowers the loss by {percent(_rounded(report.detectable_gain))} would "
                "have been seen in 4 of 5 such series."
            )
        return told
    told = [f"Does any past help? Yes ({p})."]
    told.append(
        f"At least {report.at_least}: "
        + (
            "a shorter lookback is shown to lose more."
            if report.at_least > 1
            else "without any past more is lost."
        )
    )
    told.append(
        f"Needs {report.needs}: no longer lookback, up to {report.longest}, does better by more "
        "than chance explains."
    )
    if report.enough is None:
        told.append("No lookback is shown to be enough: longer ones may still help a little.")
    elif report.enough > report.needs:
        told.append(f"Shown to be enough: {report.enough}.")
    if report.gain_98 < report.needs:
        told.append(f"98 % of the gain over no past is there at lookback {report.gain_98}.")
    if report.still_helps:
        told.append(
            f"The longest lookback tried, {report.longest}, still helps: a longer one may be "
            "needed."
        )
    if report.other is not None and not report.other.agrees:
        told.append(disagreement(report))
    return told


_SPLITS = {"blocks": "blocks of the whole series", "forward": "the past only (rolling origin)"}


def disagreement(report: NeedsData) -> str:
    """What it means that the two kinds of splits do not agree."""
    other = report.other
    assert other is not None
    return (
        f"Trained on {_SPLITS[other.splits]}, the answer is {other.needs} (at least "
        f"{other.at_least}), not {report.needs}: the series may drift, or less data trains less."
    )


def _rounded(share: float) -> float:
    return float(f"{share:.2g}")


def advice(report: NeedsData) -> list[str]:
    """Settings to paste, and what they are called elsewhere."""
    if report.paste is None:
        return []
    steps = report.needs
    return [
        report.paste,
        f"sequence_length={steps}",
        f"Backpropagation through time: chunks of at least {steps} steps.",
        "Or a stateful batch layout for streams: each series stays in its row, and the state is "
        "carried.",
    ]


def share(value: float | None) -> str:
    """A share of the gain; a dash where none was shown."""
    return "–" if value is None else percent(round(value, 4))


def carried(lags: tuple[NeedsLag, ...]) -> str:
    """What the table of lags shows."""
    return (
        "Lags that are shown to tell something, as shares of the gain: what is lost without one "
        "where all others stay, and what one has alone."
    )


def circumstances(report: NeedsData) -> list[str]:
    """How it was measured; then the notes."""
    how = (
        "each fifth of the series is scored once"
        if report.splits == "blocks"
        else "only the past trains"
    )
    told = [
        f"Held-out loss ({UNIT[report.kind]}), {how}; all lookbacks on the same targets. "
        f"{duration(report.seconds)}.",
        *report.notes,
    ]
    if report.stopped:
        told.append(
            f"Interrupted: lookbacks up to {report.longest} were tried, and not all that was meant "
            "to be."
        )
    return told

"""The table as a page of Markdown, and its numbers in words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from echospan.verify.row import Outcome, Status

MARKS: dict[Status, str] = {
    "pass": "pass",
    "differs": "differs",
    "unexplained": "differs, unexplained",
    "skipped": "not measured",
    "failed": "failed",
}

WORDS: dict[Status, str] = {
    "pass": "pass",
    "differs": "differ for a known reason",
    "unexplained": "differ",
    "skipped": "not measured",
    "failed": "failed",
}

INTRODUCTION = """\
`echospan verify` measures numbers that others have published, or that follow from a definition,
with this package's own tasks, models and engine. This is its table as it came out. Learning rates
were chosen on validation data. A reference agrees when it lies inside our interval, widened by the
tolerance. A number that differs is left as it is, with the reason.
"""


def figure(value: float | None) -> str:
    """A number with as many digits as say something."""
    if value is None:
        return ""
    return f"{value:,.0f}" if value == int(value) and abs(value) >= 1 else f"{value:.4g}"


def interval_text(outcome: Outcome) -> str:
    """Like "0.98 to 1"; empty where there is none."""
    ours = outcome.measured
    if ours is None or ours.interval is None:
        return ""
    low, high = ours.interval
    return f"{figure(float(low))} to {figure(float(high))}"


def tally(outcomes: Sequence[Outcome]) -> str:
    """Like "20 pass, 2 differ for a known reason"."""
    counts = Counter(outcome.status for outcome in outcomes)
    return ", ".join(
        f"{counts[status]} {words}" for status, words in WORDS.items() if counts[status]
    )


def page(outcomes: Sequence[Outcome], environment: Mapping[str, Any], command: str) -> str:
    """The whole page.

    Args:
        outcomes: The rows.
        environment: What `describe_environment` says.
        command: That made it.
    """
    versions = environment["versions"]
    seconds = sum(outcome.seconds for outcome in outcomes)
    machine = (
        f"Made on {date.today().isoformat()} by `{command}` in {seconds / 60:.1f} minutes, on "
        f"{environment['cores']} cores of {environment['cpu']}, Python {environment['python']}, "
        f"Keras {versions['keras']}, JAX {versions['jax']}: {tally(outcomes)}."
    )
    lines = [
        "# Known numbers, measured again",
        "",
        INTRODUCTION,
        machine,
        "",
        "| what | reference | ours | interval | tolerance | |",
        "|---|---|---|---|---|---|",
    ]
    lines += [
        f"| {o.row.what} | {figure(o.reference.value)} | "
        f"{figure(o.measured.value) if o.measured else ''} | {interval_text(o)} | "
        f"{o.row.tolerance} | {MARKS[o.status]} |"
        for o in outcomes
    ]
    lines += ["", "## Sources, settings and reasons", ""]
    for outcome in outcomes:
        lines.append(f"- `{outcome.row.name}` ({outcome.row.what}). {_remarks(outcome)}")
    return "\n".join(lines) + "\n"


def _remarks(outcome: Outcome) -> str:
    reference = outcome.reference
    parts = [f"Reference: {reference.source}{f' ({reference.note})' if reference.note else ''}."]
    if outcome.measured is not None and outcome.measured.detail:
        parts.append(f"Ours: {outcome.measured.detail}.")
    if outcome.reason:
        parts.append(outcome.reason if outcome.reason.endswith(".") else f"{outcome.reason}.")
    return " ".join(parts)

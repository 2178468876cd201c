"""The table as a page of Markdown, and its numbers in words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date
from importlib import resources
from typing import Any

from studies.references import Reference
from studies.row import Outcome, Status

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
`make verify` measures numbers that others have published, or that follow from a definition, with
echospan's own tasks, models and engine. This page is its output. Learning rates were chosen on
validation data. If a number differs from its reference, the reason is given.
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


def seeds_text(outcome: Outcome) -> str:
    """How many seeds, or draws, ours is of; empty where it is of one."""
    ours = outcome.measured
    return str(len(ours.values)) if ours and ours.values else ""


def tally(outcomes: Sequence[Outcome]) -> str:
    """Like "20 pass, 2 differ for a known reason"."""
    counts = Counter(outcome.status for outcome in outcomes)
    return ", ".join(
        f"{counts[status]} {words}" for status, words in WORDS.items() if counts[status]
    )


def page(
    outcomes: Sequence[Outcome],
    environment: Mapping[str, Any],
    command: str,
    load: float | None = None,
) -> str:
    """The whole page.

    Args:
        outcomes: The rows.
        environment: What `describe_environment` says.
        command: That made it.
        load: Programs that ran at once, on average; None where that is not known.
    """
    versions = environment["versions"]
    machine = (
        f"Made on {date.today().isoformat()} by `{command}`, on {environment['cores']} cores of "
        f"{environment['cpu']}, Python {environment['python']}, Keras {versions['keras']}, JAX "
        f"{versions['jax']}: {tally(outcomes)}. {_times(outcomes, load, environment['cores'])}"
    )
    lines = [
        "# Known numbers, measured again",
        "",
        INTRODUCTION,
        machine,
        "",
        "| what | reference | ours | seeds | interval | tolerance | |",
        "|---|---|---|---|---|---|---|",
        *map(_line, outcomes),
        "",
        resources.files("studies").joinpath("rules.md").read_text("utf-8").rstrip(),
    ]
    lines += ["", "## Sources, settings and reasons", ""]
    for outcome in outcomes:
        lines.append(f"- `{outcome.row.name}` ({outcome.row.what}). {_remarks(outcome)}")
    return "\n".join(lines) + "\n"


def _times(outcomes: Sequence[Outcome], load: float | None, cores: int) -> str:
    """How long it took, and what else the machine did."""
    whole = sum(outcome.seconds for outcome in outcomes)
    quick = sum(outcome.seconds for outcome in outcomes if outcome.row.quick)
    text = f"The rows took {whole / 60:.1f} minutes, those of `--quick` {quick:.0f} seconds of them"
    kept = sum(outcome.kept for outcome in outcomes)
    if kept:
        text += f"; {kept} of them were kept from earlier starts (`--resume`)"
    if load is not None and load > cores + 1:
        text += (
            f". The machine was busy with other work, {load:.0f} programs on {cores} cores: the "
            "times say nothing about a quiet one"
        )
    return text + "."


def _line(outcome: Outcome) -> str:
    ours = outcome.measured
    cells = (
        outcome.row.what,
        figure(outcome.reference.value),
        figure(ours.value) if ours else "",
        seeds_text(outcome),
        interval_text(outcome),
        str(outcome.row.tolerance),
        MARKS[outcome.status],
    )
    return f"| {' | '.join(cells)} |"


def _remarks(outcome: Outcome) -> str:
    reference = outcome.reference
    said = "; ".join(part for part in (_spread(reference), reference.note) if part)
    parts = [f"Reference: {reference.source}{f' ({said})' if said else ''}."]
    if outcome.measured is not None and outcome.measured.detail:
        parts.append(f"Ours: {outcome.measured.detail}.")
    if outcome.reason:
        parts.append(outcome.reason if outcome.reason.endswith(".") else f"{outcome.reason}.")
    return " ".join(parts)


def _spread(reference: Reference) -> str:
    """Like "sd 0.0086 between its 10 seeds, learning rate 0.003"; empty where it says nothing."""
    if not reference.spread:
        return ""
    rate = f", learning rate {reference.rate:g}" if reference.rate else ""
    return f"sd {reference.spread:.2g} between its {reference.seeds} seeds{rate}"

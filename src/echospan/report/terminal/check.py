"""The doctor's report in a terminal: verdict, findings, the reach map, what was looked at."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from rich.console import Console
from rich.padding import Padding

from echospan.report.terminal.pen import CHECK, CROSS, DASH, HIT, MISS, QUIET, STRONG, WARN, write
from echospan.report.terminal.tables import new_table
from echospan.report.values import plural, setting_value
from echospan.results.check_report import CheckData, Finding, Lag, by_pair

_STYLE = {"error": MISS, "warning": WARN, "note": QUIET}
NOTHING = (
    "No problem found in order, state, gradient, masks, output range or loss. This does not show "
    "that training will work."
)
SURE = {True: "proved", False: "an estimate"}
"""How sure a finding is."""
MOST_LAGS = 16
"""Lags of the reach map that a table shows."""


def check_report(report: CheckData, console: Console) -> None:
    """Print a check's report: verdict, findings, the reach map, what was looked at."""
    for line in dict.fromkeys((opening(report), summary(report))):
        console.print(write(console, line, STRONG))
    for finding in report.findings:
        _finding(finding, console)
    console.print()
    for sentence in numbers(report):
        console.print(write(console, sentence))
    if report.needs_lag.detail:
        console.print(write(console, f"Lag needed: {report.needs_lag.detail}"))
    for sentence in report.rows:
        console.print(write(console, sentence))
    for title, own, needed in by_pair(report.reach, report.needs_lag.lag):
        reach_table(own, console, needed=needed, title=title)
    for label, sentences in circumstances(report):
        for sentence in sentences:
            console.print(write(console, f"{label}: {sentence}", QUIET))


def nothing_found(report: CheckData) -> str:
    """What a report without findings says. It claims no more than what was looked at."""
    if not report.skipped:
        return NOTHING
    parts = plural(len(report.skipped), "question")
    return (
        f"No problem found in what was looked at; {parts} not checked, see below. This does not "
        "show that training will work."
    )


def opening(report: CheckData) -> str:
    """One sentence: what is wrong, which line to change, and how sure that is."""
    first = next((one for one in report.findings if one.severity != "note"), None)
    if first is None:
        return nothing_found(report)
    what = re.split(r"(?<=[.!?])\s+(?=[A-Z])", first.message.strip())[0].rstrip(".")
    line = next((part.strip() for part in first.remedy.splitlines() if part.strip()), "")
    change = f"; {line.lstrip('# ')}" if line.startswith("#") else f"; change: {line}"
    sure = SURE[bool(first.evidence.get("exact"))]
    return f"{what}{change if line else ''} ({sure}: {first.code})."


def numbers(report: CheckData) -> list[str]:
    """The numbers that help anyone, in sentences: chance level, loss at the start, scales."""
    told, known = [], report.baseline
    if known:
        under = f" ({known['loss_name']})" if known.get("loss_name") else ""
        scores = [f"loss {known['loss']:.4g}{under}"] if known.get("loss") is not None else []
        scores += [
            f"{name.replace('_', ' ')} {value:.4g}"
            for name, value in known.get("metric", {}).items()
            if isinstance(value, int | float)
        ]
        told.append(
            f"Chance level: answering {_constant(known.get('best_constant'))} every time gives "
            f"{', '.join(scores) or 'a score that is not known'}."
        )
    if report.start_loss is not None:
        told.append(f"Loss at the start, with the weights as they are: {report.start_loss:.4g}.")
    elif known and known.get("loss") is None:
        told.append("Loss at the start: not known. Hand over loss= to have the loss looked at.")
    if report.scales:
        parts = [
            f"{name} {scale['min']:.4g} to {scale['max']:.4g} (std {scale['std']:.3g})"
            for name, scale in report.scales.items()
        ]
        told.append(f"Scale: {', '.join(parts)}.")
    return told


def _constant(answer: Any) -> str:
    if isinstance(answer, int | float):
        return f"{answer:.4g}"
    if isinstance(answer, dict):
        return ", ".join(f"{name} {_constant(each)}" for name, each in answer.items())
    few = ", ".join(f"{each:.3g}" for each in answer[:4])
    return f"({few}{', ...' if len(answer) > 4 else ''})"


def circumstances(report: CheckData) -> list[tuple[str, Sequence[str]]]:
    """What a report says besides its findings: label and sentences."""
    used = ", ".join(f"{name}={setting_value(value)}" for name, value in report.call.items())
    return [
        ("Looked at", report.looked),
        ("Not checked", report.skipped),
        ("Used", [used] if used else []),
        ("Given but not used", [", ".join(report.unused)] if report.unused else []),
    ]


def checks_table(checks: Sequence[tuple[str, CheckData]], console: Console) -> None:
    """Print several checks beside each other: what each found.

    Args:
        checks: Label and report of each.
        console: Where to.
    """
    table = new_table(console, "Checks")
    table.add_column("experiment")
    table.add_column("result")
    for label, report in checks:
        table.add_row(write(console, label), _result(report.findings, console))
    console.print(table)


def _result(findings: Sequence[Finding], console: Console) -> Any:
    for severity, sign in (("error", CROSS), ("warning", "!")):
        codes = [f.code for f in findings if f.severity == severity]
        if codes:
            return write(console, f"{sign} {', '.join(codes)}", _STYLE[severity])
    return write(console, f"{CHECK} clean", HIT)


def reach_table(
    lags: Sequence[Lag],
    console: Console,
    *,
    needed: int | None = None,
    title: str = "",
) -> None:
    """Print the reach map: for each lag whether input and gradient get through.

    Args:
        lags: The lines of the map.
        console: Where to.
        needed: The lag that the answers need; it is marked, and always among those shown.
        title: Which input and output it is about, where there are several.
    """
    table = new_table(console, f"Reach map, {title}" if title else "Reach map")
    table.add_column("lag", justify="right", no_wrap=True)
    table.add_column("input affects the output", no_wrap=True)
    table.add_column("gradient reaches the input", no_wrap=True)
    table.add_column("its strength", justify="right", no_wrap=True)
    shown = [lag for place, lag in enumerate(lags) if place < MOST_LAGS or lag.lag == needed]
    for lag in shown:
        strength = lag.strength
        table.add_row(
            write(
                console,
                f"{lag.lag}{' (needed)' if lag.lag == needed else ''}",
                STRONG if lag.lag == needed else "",
            ),
            *(_mark(reached, console) for reached in (lag.forward, lag.gradient)),
            write(console, DASH if not strength else f"{strength:.1e}"),
        )
    console.print(table)
    if len(shown) < len(lags):
        console.print(write(console, f"and {plural(len(lags) - len(shown), 'more lag')}", QUIET))


def _mark(reached: Any, console: Console) -> Any:
    if reached is None:
        return write(console, f"{DASH} not probed", QUIET)
    return write(console, f"{CHECK} yes", HIT) if reached else write(console, f"{CROSS} no", MISS)


def summary(report: CheckData) -> str:
    """How many findings there are of each severity, in a line."""
    counts = {kind: sum(f.severity == kind for f in report.findings) for kind in _STYLE}
    if not any(counts.values()):
        return nothing_found(report)
    return ", ".join(plural(number, kind) for kind, number in counts.items() if number)


def _finding(finding: Finding, console: Console) -> None:
    severity = finding.severity
    console.print()
    console.print(
        write(console, severity, _STYLE.get(severity, "")),
        write(console, finding.code, STRONG),
        sep="  ",
    )
    console.print(Padding(write(console, finding.message), (0, 0, 0, 2)))
    if finding.remedy:
        for line in finding.remedy.splitlines():
            console.print(write(console, f"    {line}", HIT), soft_wrap=True)

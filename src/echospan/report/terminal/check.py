"""The doctor's report in a terminal: verdict, findings, the reach map, what was looked at."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.padding import Padding

from echospan.report.terminal.pen import CHECK, CROSS, DASH, HIT, MISS, QUIET, STRONG, WARN, write
from echospan.report.terminal.tables import new_table
from echospan.report.values import by_pair, items, mapping, needed_lag, plural

_STYLE = {"error": MISS, "warning": WARN, "note": QUIET}
MOST_LAGS = 16
"""Lags of the reach map that a table shows."""


def check_report(report: Mapping[str, Any], console: Console) -> None:
    """Print a check's report.

    Args:
        report: As the report's own `to_dict` gives it.
        console: Where to.
    """
    findings = [mapping(finding) for finding in items(report.get("findings"))]
    console.print(write(console, _verdict(findings), STRONG))
    for finding in findings:
        _finding(finding, console)
    needs = mapping(report.get("needs_lag"))
    console.print()
    if needs.get("detail"):
        console.print(write(console, f"Lag needed: {needs['detail']}"))
    for sentence in items(report.get("rows")):
        console.print(write(console, sentence))
    lags = [mapping(lag) for lag in items(report.get("reach"))]
    for title, own in by_pair(lags):
        reach_table(own, console, needed=needed_lag(own, needs.get("lag")), title=title)
    for label, key in (("Looked at", "looked"), ("Not checked", "skipped")):
        for sentence in items(report.get(key)):
            console.print(write(console, f"{label}: {sentence}", QUIET))


def checks_table(checks: Sequence[tuple[str, Mapping[str, Any]]], console: Console) -> None:
    """Print several checks beside each other: what each found.

    Args:
        checks: Label and report of each.
        console: Where to.
    """
    table = new_table(console, "Checks")
    table.add_column("experiment")
    table.add_column("result")
    for label, report in checks:
        findings = [mapping(finding) for finding in items(report.get("findings"))]
        table.add_row(write(console, label), _result(findings, console))
    console.print(table)


def _result(findings: Sequence[Mapping[str, Any]], console: Console) -> Any:
    for severity, sign in (("error", CROSS), ("warning", "!")):
        codes = [str(f.get("code")) for f in findings if f.get("severity") == severity]
        if codes:
            return write(console, f"{sign} {', '.join(codes)}", _STYLE[severity])
    return write(console, f"{CHECK} clean", HIT)


def reach_table(
    lags: Sequence[Mapping[str, Any]],
    console: Console,
    *,
    needed: int | None = None,
    title: str = "",
) -> None:
    """Print the reach map: for each lag whether input and gradient get through.

    Args:
        lags: Tables with ``lag``, ``forward``, ``gradient`` and ``strength``.
        console: Where to.
        needed: The lag that the answers need; it is marked, and always among those shown.
        title: Which input and output it is about, where there are several.
    """
    table = new_table(console, f"Reach map, {title}" if title else "Reach map")
    table.add_column("lag", justify="right", no_wrap=True)
    table.add_column("input reaches the answer", no_wrap=True)
    table.add_column("gradient reaches the input", no_wrap=True)
    table.add_column("its strength", justify="right", no_wrap=True)
    shown = [lag for place, lag in enumerate(lags) if place < MOST_LAGS or lag["lag"] == needed]
    for lag in shown:
        strength = lag.get("strength")
        table.add_row(
            write(
                console,
                f"{lag['lag']}{' (needed)' if lag['lag'] == needed else ''}",
                STRONG if lag["lag"] == needed else "",
            ),
            *(_mark(lag.get(name), console) for name in ("forward", "gradient")),
            write(console, DASH if not strength else f"{strength:.1e}"),
        )
    console.print(table)
    if len(shown) < len(lags):
        console.print(write(console, f"and {plural(len(lags) - len(shown), 'more lag')}", QUIET))


def _mark(reached: Any, console: Console) -> Any:
    if reached is None:
        return write(console, f"{DASH} not probed", QUIET)
    return write(console, f"{CHECK} yes", HIT) if reached else write(console, f"{CROSS} no", MISS)


def _verdict(findings: Sequence[Mapping[str, Any]]) -> str:
    counts = {kind: sum(f.get("severity") == kind for f in findings) for kind in _STYLE}
    if not any(counts.values()):
        return "Nothing was found that stands in the way."
    return ", ".join(plural(number, kind) for kind, number in counts.items() if number)


def _finding(finding: Mapping[str, Any], console: Console) -> None:
    severity = str(finding.get("severity"))
    console.print()
    console.print(
        write(console, severity, _STYLE.get(severity, "")),
        write(console, finding.get("code"), STRONG),
        sep="  ",
    )
    console.print(Padding(write(console, finding.get("message")), (0, 0, 0, 2)))
    if finding.get("remedy"):
        for line in str(finding["remedy"]).splitlines():
            console.print(write(console, f"    {line}", HIT), soft_wrap=True)

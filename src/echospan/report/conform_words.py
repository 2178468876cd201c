"""Sentences about what `conform` found; terminal, page and the pytest plug-in share them."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from echospan.report.values import duration, plural, setting_value
from echospan.results.conform import CheckVerdict, ConformCheck, ConformData

VERDICTS = {
    "pass": "pass",
    "grain": "pass (rounding)",
    "fault": "fault",
    "refuses": "not supported",
    "not_promised": "not promised",
    "cannot_tell": "cannot tell",
}
"""What tables call the verdict of a check."""

OVERALL = {"conforms": "no fault found", "fault": "fault found", "cannot_tell": "cannot tell"}
"""What tables call the verdict over all."""

HEAD = ("check", "verdict", "difference", "tolerance", "power", "smallest case")
"""Columns of the table."""

READING = (
    "difference: the largest by which two outputs differ that should be equal; tolerance: what "
    "rounding explains; power: the difference that a lost state would make"
)
"""What the columns mean."""

MOST_CHUNKS = 4
"""Equal chunks that are listed one by one."""

_CASE = {"cuts": "chunks", "pads": "padding", "taken": "steps taken back", "index": "rows",
         "means": "by"}  # fmt: skip
"""What a field of a case is called, where not by its own name."""


def size(value: float | None) -> str:
    """A difference as text: ``0.25``, ``3.1e-15``; a dash where there is none."""
    if value is None or math.isnan(value):
        return "–"
    if math.isinf(value):
        return "infinite"
    if value == 0 or 0.001 <= abs(value) < 10_000:
        return f"{value:.2g}" if abs(value) < 100 else f"{value:.0f}"
    digits, _, power = f"{value:.1e}".partition("e")
    return f"{digits.removesuffix('.0')}e{int(power)}"


def case(smallest: Mapping[str, Any]) -> str:
    """The smallest case as text: ``batch 1, chunks 1+2``."""
    return ", ".join(
        f"{_CASE.get(name, str(name).replace('_', ' '))} {_amount(name, value)}"
        for name, value in smallest.items()
    )


def _amount(name: str, value: object) -> str:
    if name == "cuts" and isinstance(value, list | tuple):
        if len(value) > MOST_CHUNKS and len(set(value)) == 1:
            return f"{len(value)} × {value[0]}"
        return "+".join(str(one) for one in value)
    return setting_value(value)


def opening(report: ConformData) -> str:
    """The verdict over all, in one sentence."""
    faults = [check.name for check in report.faults]
    if faults:
        return (
            f"Fault in {len(faults)} of {plural(len(report.checks), 'check')}: "
            f"{', '.join(faults)}. The state is not carried correctly."
        )
    passed = sum(check.passed for check in report.checks)
    if report.verdict == "cannot_tell":
        unsure = [check.name for check in report.checks if check.verdict == "cannot_tell"]
        which = f": {', '.join(unsure)}" if unsure else ", because no check passed"
        return f"Cannot tell whether the state is carried correctly{which}."
    others = [
        f"{count} {VERDICTS[verdict]}"
        for verdict in ("refuses", "not_promised")
        if (count := sum(check.verdict == verdict for check in report.checks))
    ]
    return f"No fault found: {plural(passed, 'check')} passed{_listed(others)}."


def _listed(others: Sequence[str]) -> str:
    return f" ({', '.join(others)})" if others else ""


def explained(check: ConformCheck) -> list[str]:
    """What there is to say about a check that did not simply pass, in sentences."""
    said = []
    if check.difference is not None and check.verdict in ("fault", "not_promised"):
        said.append(_differs(check))
    if check.smallest_case and check.verdict in ("fault", "not_promised"):
        said.append(f"Smallest case: {case(check.smallest_case)}.")
    # Reasons are often the words of an exception, which have no full stop.
    said += [
        text if text.endswith((".", "!", "?", ":")) else f"{text}."
        for text in (check.cause.strip(), check.reason.strip())
        if text
    ]
    if check.own_weights is not None and check.verdict == "fault":
        said.append(f"With the model's own weights, it differs there by {size(check.own_weights)}.")
    return said


def _differs(check: ConformCheck) -> str:
    if check.difference is not None and not math.isfinite(check.difference):
        return "The outputs have another shape, or hold NaN or infinity."
    said = f"The outputs differ by up to {size(check.difference)}"
    if check.spread and check.difference is not None:
        said += f", {size(check.difference / check.spread)} times their standard deviation"
    return f"{said}." if check.tolerance is None else f"{said} (tolerance {size(check.tolerance)})."


class Told(NamedTuple):
    """What there is to say about one check, or about several of which the same is to be said.

    Attributes:
        heading: Its verdict and its name.
        names: The names alone.
        text: Sentences.
        verdict: Of all of them.
        script: A program that shows a fault; empty where there is none.
    """

    heading: str
    names: str
    text: str
    verdict: CheckVerdict
    script: str


_HEADINGS: dict[CheckVerdict, str] = {
    "fault": "Fault",
    "cannot_tell": "Cannot tell",
    "not_promised": "Not promised",
    "refuses": "Not supported",
}
"""Verdicts that are explained, in this order."""


def told(report: ConformData) -> list[Told]:
    """What there is to say about checks that did not simply pass: faults first."""
    found = []
    for verdict, heading in _HEADINGS.items():
        names: dict[tuple[str, str], list[str]] = {}
        for check in report.checks:
            text = " ".join(explained(check))
            if check.verdict == verdict and text:
                names.setdefault((text, check.script), []).append(check.name)
        found += [
            Told(f"{heading}: {', '.join(listed)}", ", ".join(listed), text, verdict, script)
            for (text, script), listed in names.items()
        ]
    return found


def circumstances(report: ConformData) -> list[str]:
    """How the checks were made: precision, time, versions; then the notes."""
    made_of = versions(report)
    by = f" with {made_of}" if made_of else ""
    sentences = [
        f"Computed in {report.precision}{by}; {duration(report.seconds)}.",
        *report.notes,
    ]
    if report.strict:
        sentences.append("Strict: checks that the library does not promise to pass count, too.")
    if report.stopped:
        sentences.append("Interrupted: the checks that are not listed were not made.")
    return sentences


def versions(report: ConformData) -> str:
    """Packages and their versions: ``torch 2.13.0, transformers 5.24.0``; empty for none."""
    listed = [f"{name} {version}" for name, version in report.versions.items()]
    return ", ".join(listed)

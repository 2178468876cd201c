"""What the framing doctor says of a run: arithmetic of its rows, reach map, findings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from echospan.report.markup import fold, paragraph, table, text
from echospan.report.values import by_pair, items, mapping, needed_lag
from echospan.report.view import RunView

_MARKS = {
    True: '<span class="hit">✓ yes</span>',
    False: '<span class="miss">✗ no</span>',
    None: "<small>not probed</small>",
}
_SEVERITIES = {"error": "miss", "warning": "miss", "note": ""}


def row_sentences(view: RunView) -> list[str]:
    """Whose state a row inherits, and what that has seen: paragraphs above the reach map."""
    return [paragraph(sentence) for sentence in items(view.check.get("rows"))]


def findings_table(view: RunView) -> str:
    """What was found; a sentence where nothing was."""
    findings = [mapping(finding) for finding in items(view.check.get("findings"))]
    skipped = [paragraph(f"Not checked: {what}") for what in items(view.check.get("skipped"))]
    if not findings and skipped:
        return "\n".join(skipped)
    if not findings:
        return paragraph("The check found nothing that stands in the way of learning.")
    rows = [
        (
            _severity(finding.get("severity")),
            f"<code>{text(finding.get('code', ''))}</code>",
            text(finding.get("message", "")),
        )
        for finding in findings
    ]
    made = table(("", "finding", "what it says"), rows, "What the check found", kind="findings")
    return "\n".join([made, *skipped])


def _severity(value: object) -> str:
    kind = _SEVERITIES.get(str(value), "")
    return f'<span class="{kind}">{text(value)}</span>' if kind else text(value)


def reach_tables(view: RunView) -> str:
    """The reach map as a table, for each pair of input and output."""
    lags = [mapping(lag) for lag in items(view.check.get("reach"))]
    made = [
        _reach_table(own, needed_lag(own, _needed(view)), title) for title, own in by_pair(lags)
    ]
    return fold("The reach map as a table", "\n".join(made)) if made else ""


def _needed(view: RunView) -> int | None:
    found = mapping(view.check.get("needs_lag")).get("lag")
    return found if isinstance(found, int) else None


def _reach_table(lags: Sequence[Mapping[str, Any]], needed: int | None, title: str) -> str:
    rows = [
        (
            text(f"{lag.get('lag')}{' (needed)' if lag.get('lag') == needed else ''}"),
            *(_mark(lag.get(name)) for name in ("forward", "gradient")),
        )
        for lag in lags
    ]
    head = ("lag", "input reaches the answer", "gradient reaches the input")
    return table(head, rows, f"Reach map, {title}" if title else "Reach map", numeric=(0,))


def _mark(value: object) -> str:
    return _MARKS[value if isinstance(value, bool) else None]


def reach_in_words(view: RunView) -> str:
    """The map for readers who do not see it."""
    lags = [mapping(lag) for lag in items(view.check.get("reach"))]
    told = []
    for title, own in by_pair(lags):
        parts = [
            f"{what} at lags {listed}"
            for name, what in (("forward", "the input gets through"), ("gradient", "the gradient"))
            if (listed := ", ".join(str(lag.get("lag")) for lag in own if lag.get(name)))
        ]
        needed = needed_lag(own, _needed(view))
        told.append(
            (f"{title}: " if title else "")
            + ("; ".join(parts) or "nothing gets through")
            + (f"; lag {needed} is needed" if needed is not None else "")
        )
    return ". ".join(told)

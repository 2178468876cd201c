"""What came out of a run, as small pieces of HTML; all foreign text is escaped."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from html import escape
from typing import Any

from echospan.lab.jobs import Job

MOST_CELLS = 60


def told(job: Job) -> str:
    """One sentence on how far a job is."""
    match job.state:
        case "waiting":
            return "Waits until another job is done."
        case "running":
            if job.work.get("verb") == "span":
                return f"Running: {job.text}." if job.text else "Running."
            left = job.seconds_left
            rest = "" if left is None else f", about {max(1, round(left))} s left"
            return f"Running: {100 * job.share:.0f} % of the epochs{rest}."
        case "finished":
            return f"Finished: {job.run_id}."
        case "stopped":
            return "Stopped. What was trained is kept." if job.run_id else "Stopped."
        case _:
            return f"Failed: {job.text}"


def cells(result: Mapping[str, Any], marked: Callable[[str], str] = escape) -> str:
    """Accuracy with its interval and chance, and one new sequence as coloured cells.

    Args:
        result: What the store holds.
        marked: Turns a sentence into HTML; by default it is escaped, and no more.
    """
    parts = [f"<p>{marked(accuracy(result))}</p>"]
    expected, predicted = result.get("expected"), result.get("predicted")
    inputs = result.get("inputs") or []
    if expected and predicted and len(expected) == len(predicted):
        rows = [("input", [_cell(one) for one in inputs[:MOST_CELLS]])] if inputs else []
        rows.append(("expected", [_cell(one) for one in expected[:MOST_CELLS]]))
        pairs = list(zip(expected, predicted, strict=True))[:MOST_CELLS]
        rows.append(("predicted", [_cell(got, want) for want, got in pairs]))
        body = "".join(
            f"<div>{name}</div><div style='white-space:nowrap'>{''.join(row)}</div>"
            for name, row in rows
        )
        parts.append(
            f'<div class="lab-cells" tabindex="0" role="group" '
            f'aria-label="One new sequence">{body}</div>'
        )
    explained = result.get("explanation") or []
    sentences = [explained] if isinstance(explained, str) else explained
    parts += [f"<p>{marked(str(one))}</p>" for one in sentences]
    return "".join(parts)


def accuracy(result: Mapping[str, Any]) -> str:
    """The accuracy in one line."""
    share, interval = result.get("accuracy"), result.get("accuracy_interval")
    if share is None:
        return "This run has no accuracy."
    between = f" ({100 * interval[0]:.1f} to {100 * interval[1]:.1f} %)" if interval else ""
    chance = result.get("chance")
    guess = "" if chance is None else f"; chance {100 * chance:.1f} %"
    return f"Accuracy {100 * share:.1f} %{between}{guess}."


def table_of_two(result: Mapping[str, Any]) -> str:
    """The variants in a table of two changes, or as a list; "" without variants."""
    variants = {one["name"]: one for one in result.get("variants") or []}
    if not variants:
        return ""
    grid = result.get("grid") or {}
    if not grid.get("cells"):
        rows = "".join(
            f"<tr><th scope='row'>{escape(str(one.get('label') or name))}</th>{_scored(one)}</tr>"
            for name, one in variants.items()
        )
        return f"<table class='lab-grid'>{rows}</table>"
    head = "".join(f"<th scope='col'>{escape(str(name))}</th>" for name in grid["columns"])
    body = "".join(
        f"<tr><th scope='row'>{escape(str(name))}</th>"
        + "".join(_scored(variants.get(one, {})) for one in row)
        + "</tr>"
        for name, row in zip(grid["rows"], grid["cells"], strict=True)
    )
    return f"<table class='lab-grid'><tr><td></td>{head}</tr>{body}</table>"


def _scored(variant: Mapping[str, Any]) -> str:
    share, chance = variant.get("accuracy"), variant.get("chance") or 0.0
    if share is None:
        return "<td>–</td>"
    # Half-way between chance and perfect, as the colour's border.
    kind = "lab-right" if share > (1 + chance) / 2 else "lab-wrong"
    return f"<td class='{kind}'>{100 * share:.1f} %</td>"


def _cell(value: Any, wanted: Any = ...) -> str:
    text = "–" if value is None or (isinstance(value, int) and value < 0) else str(value)
    if wanted is ... or wanted is None or text == "–":
        return f"<span class='lab-cell'>{escape(text)}</span>"
    right = value == wanted
    kind, said = ("lab-right", "right") if right else ("lab-wrong", "wrong")
    return f"<span class='lab-cell {kind}' title='{said}'>{escape(text)}</span>"

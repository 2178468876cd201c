"""What stands above the runs: contents, and the comparison of several runs."""

from __future__ import annotations

from collections.abc import Sequence

from echospan.report import figures
from echospan.report.facts import seed_of
from echospan.report.markup import attribute, table, text
from echospan.report.panels import Panel
from echospan.report.sections import drawn
from echospan.report.values import (
    count,
    duration,
    number,
    percent,
    percent_interval,
    total_seconds,
)
from echospan.report.view import RunView

COMPARISON = "comparison"


def contents(views: Sequence[RunView], anchors: Sequence[str]) -> str:
    """A list of links to the sections, each with its accuracy or state."""
    lines = []
    if len(views) > 1:
        lines.append(_link(COMPARISON, "Comparison", f"{len(views)} runs"))
    for view, anchor in zip(views, anchors, strict=True):
        accuracy = number(view.result.get("accuracy"))
        fact = view.state if accuracy is None else percent(accuracy)
        lines.append(_link(anchor, view.recipe, fact))
    listed = "\n".join(lines)
    return (
        '<nav class="contents" aria-labelledby="contents">\n<h2 id="contents">Contents</h2>\n'
        f"<ol>\n{listed}\n</ol>\n</nav>"
    )


def _link(anchor: str, name: str, fact: str) -> str:
    return (
        f'<li><a href="#{attribute(anchor)}"><span class="name">{text(name)}</span>'
        f'<span class="fact">{text(fact)}</span></a></li>'
    )


def comparison_section(views: Sequence[RunView], anchors: Sequence[str]) -> str:
    """All runs beside each other, as a figure and as a table; empty for a single run."""
    if len(views) < 2:
        return ""
    rows = [
        (
            f'<a href="#{attribute(anchor)}">{text(view.recipe)}</a>',
            text(seed_of(view) if seed_of(view) is not None else "–"),
            text(percent(view.result.get("accuracy"), view.state)),
            text(percent_interval(view.result.get("accuracy_interval"), "–")),
            text(percent(view.result.get("chance"))),
            text(count(view.result.get("parameters"))),
            text(duration(total_seconds(view.result.get("seconds")))),
        )
        for view, anchor in zip(views, anchors, strict=True)
    ]
    head = ("run", "seed", "accuracy", "interval", "chance", "parameters", "time")
    parts = [
        f'<h2 id="{COMPARISON}-title">Comparison</h2>',
        _figure(views),
        table(head, rows, "All runs of this report", numeric=(1, 2, 3, 4, 5, 6)),
    ]
    body = "\n".join(part for part in parts if part)
    return (
        f'<section class="card" id="{COMPARISON}" aria-labelledby="{COMPARISON}-title">\n'
        f"{body}\n</section>"
    )


def _figure(views: Sequence[RunView]) -> str:
    measured = [view for view in views if number(view.result.get("accuracy")) is not None]
    if len(measured) < 2:
        return ""
    levels = {view.chance for view in measured}
    common = next(iter(levels)) if len(levels) == 1 else None
    names = [view.recipe for view in measured]
    rows = [
        {
            "label": view.recipe if names.count(view.recipe) == 1 else _with_seed(view),
            "accuracy": view.result.get("accuracy"),
            "interval": view.result.get("accuracy_interval"),
            "chance": None if common is not None else view.chance,
        }
        for view in measured
    ]
    listed = "; ".join(f"{row['label']} {percent(row['accuracy'])}" for row in rows[:20])
    caption = "Accuracy on new sequences; bars are intervals"
    caption += "." if common is not None else ", upright strokes the chance level of each run."
    panel = Panel(
        COMPARISON,
        "",
        caption,
        f"Dot chart of accuracies: {listed}.",
        lambda: figures.comparison(rows, common, title="Accuracy by run"),
    )
    return drawn(panel, COMPARISON)


def _with_seed(view: RunView) -> str:
    seed = seed_of(view)
    return f"{view.recipe}, {view.run_id if seed is None else f'seed {seed}'}"

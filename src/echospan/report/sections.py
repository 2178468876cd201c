"""The part of the report about one run."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from echospan.errors import DataError
from echospan.report import words
from echospan.report.checked import findings_table, reach_tables, row_sentences
from echospan.report.facts import environment_table, fact_list, settings_table
from echospan.report.markup import figure, fold, note, paragraph, slug, table, text
from echospan.report.panels import COMPARED, REACH, SEQUENCE, Panel, panels
from echospan.report.scale import scale
from echospan.report.svg import inline_svg
from echospan.report.values import (
    count,
    duration,
    items,
    name_of,
    percent,
    percent_interval,
    seeds_of,
    symbols,
    total_seconds,
    variants_of,
)
from echospan.report.view import RunView

_STATE_KIND = {"failed": "warn", "interrupted": "warn", "finished": "good"}
_VERDICT_KIND = {words.AT_CEILING: "good", words.ABOVE_CHANCE: "good"}


def run_section(view: RunView, anchor: str) -> str:
    """An ``<article>`` about one run; ``anchor`` is its id and the prefix of ids inside."""
    parts = [_header(view, anchor), *_opening(view)]
    for heading, group in groupby(panels(view), key=lambda panel: panel.heading):
        parts.append(f"<h3>{text(heading)}</h3>")
        if heading == REACH:
            parts += row_sentences(view)
        for panel in group:
            parts.append(drawn(panel, anchor))
            if panel.name == SEQUENCE:
                parts.append(_steps_table(view))
        if heading == REACH:
            parts += [reach_tables(view), findings_table(view)]
        if heading == COMPARED:
            parts.append(_variants_table(view))
    if view.check and not view.check.get("reach"):
        # Nothing could be probed; what order and data say holds all the same.
        parts += [f"<h3>{text(REACH)}</h3>", *row_sentences(view), findings_table(view)]
    parts += _particulars(view)
    body = "\n".join(part for part in parts if part)
    return (
        f'<article class="card" id="{anchor}" aria-labelledby="{anchor}-title">\n{body}\n</article>'
    )


def anchors(views: Sequence[RunView]) -> list[str]:
    """One id per run, unique even where two runs are called the same."""
    return [f"run-{place}-{slug(view.recipe)}" for place, view in enumerate(views, 1)]


def badge(view: RunView) -> str:
    """The run's state, or what its result means."""
    found = words.verdict(view.result) if view.state == "finished" else ""
    kind = _VERDICT_KIND.get(found, "") if found else _STATE_KIND.get(view.state, "")
    return f'<span class="badge {kind}">{text(found or view.state)}</span>'


def drawn(panel: Panel, anchor: str) -> str:
    """A figure with its caption, or one sentence about why it could not be drawn."""
    try:
        svg = inline_svg(panel.draw(), f"{anchor}-{panel.name}", panel.alt)
    except DataError as error:
        return note(f"The figure {panel.name!r} could not be drawn: {error}")
    return figure(svg, panel.caption)


def _header(view: RunView, anchor: str) -> str:
    return (
        f'<header>\n<div class="title"><h2 id="{anchor}-title">{text(view.recipe)}</h2>'
        f"{badge(view)}</div>\n"
        f'<p class="identity">run <code>{text(view.run_id)}</code></p>\n</header>'
    )


def _opening(view: RunView) -> list[str]:
    """Introduction, headline, scale, key figures and explanation."""
    parts = [paragraph(part, "intro") for part in view.intro.split("\n\n") if part.strip()]
    if view.result:
        headline = words.headline(view.result, view.seed)
        parts.append(paragraph(headline, "lead") if headline else "")
        parts += [scale(view.result), fact_list(view.result)]
    if view.state != "finished" or not view.result:
        parts.append(note(words.unfinished(view.state, view.run_id, view.failure)))
    parts += [note(problem) for problem in view.problems]
    parts += [paragraph(sentence) for sentence in _sentences(view.result.get("explanation"))]
    parts += [note(sentence, "mild") for sentence in _sentences(view.result.get("notes"))]
    return parts


def _sentences(value: object) -> list[object]:
    return [value] if isinstance(value, str) and value else items(value)


def _variants_table(view: RunView) -> str:
    rows = [
        (
            text(name_of(one)),
            text(percent(one.get("accuracy"))),
            text(percent_interval(one.get("interval"), "–")),
            text(count(seeds_of(one))),
            text(count(one.get("parameters"))),
            text(duration(total_seconds(one.get("seconds")))),
        )
        for one in variants_of(view.result.get("variants"))
    ]
    head = ("variant", "accuracy", "interval", "seeds", "parameters", "time")
    return fold(
        "The same numbers as a table",
        table(head, rows, "Variants", numeric=(1, 2, 3, 4, 5)),
    )


def _steps_table(view: RunView) -> str:
    inputs, expected, predicted = (
        symbols(view.result.get(name)) for name in ("inputs", "expected", "predicted")
    )
    steps = max(len(inputs), len(expected))
    if not expected:
        return ""
    rows = []
    for step in range(steps):
        wanted, given = _at(expected, step), _at(predicted, step)
        rows.append(
            (
                str(step),
                text(_at(inputs, step) or "–"),
                text(wanted or "–"),
                text(given or "–") if wanted else "–",
                _mark(wanted, given),
            )
        )
    head = ("step", "input", "expected", "predicted", "")
    return fold(
        "The same sequence as a table",
        table(head, rows, "One new sequence", kind="steps", numeric=(1, 2, 3)),
    )


def _at(values: Sequence[str], step: int) -> str:
    return values[step] if step < len(values) else ""


def _mark(wanted: str, given: str) -> str:
    if not wanted:
        return "<small>not scored</small>"
    if wanted == given:
        return '<span class="hit">✓ hit</span>'
    return '<span class="miss">✗ miss</span>'


def _particulars(view: RunView) -> list[str]:
    """Settings and environment, beside each other on a wide page."""
    tables = [made for made in (settings_table(view), environment_table(view)) if made]
    if not tables:
        return []
    columns = "\n".join(f"<div>\n{made}\n</div>" for made in tables)
    content = f'<div class="columns">\n{columns}\n</div>'
    return [fold("Settings and environment", content, "particulars")]

"""The tables of a sweep, its words, its card for a notebook, and its page."""

from __future__ import annotations

import json
from collections.abc import Sequence
from itertools import islice
from typing import Any

from echospan.foreign import one_line, visible
from echospan.report.document import Card, Page, Paragraph, Sentences, picture
from echospan.report.figures.sweep import drawn
from echospan.report.tables import Block, Cell, Table
from echospan.report.values import percent, plural
from echospan.results.sweep import FINISHED, SweepData, SweepRow

MOST_ROWS = 40
"""Rows that a terminal and a notebook show."""

SHOWN = {
    "run": ("accuracy", "accuracy_low", "accuracy_high", "loss"),
    "check": ("ok", "findings", "codes"),
    "span": ("span", "span_status", "verdict_code", "parameters", "bits_held"),
    "conform": ("verdict", "faulty_checks", "passed", "refused", "cannot_tell"),
    "needs": ("needs", "at_least", "enough", "any_past_helps", "gain"),
    "uses": ("uses", "uses_low", "uses_high", "by", "full_loss", "constant_loss"),
    "diagnose": ("weakest_link", "needs", "framing_reach", "span", "uses"),
}
"""The numbers that tables show, by verb."""

SHARES = ("accuracy", "accuracy_low", "accuracy_high", "chance", "gain")


def opening(data: SweepData) -> str:
    """What came of it, as a sentence."""
    finished = data.before + data.done
    told = [f"{finished:,} of {plural(data.total, 'unit')} finished"]
    if data.before:
        told.append(f"{data.before:,} of them before")
    if data.failed:
        told.append(f"{data.failed:,} failed")
    if data.left:
        told.append(f"{data.left:,} not done")
    return f"{data.name}: {', '.join(told)}."


def duration(seconds: float) -> str:
    """A time in words: ``12 s``, ``3 min``, ``2.5 h``."""
    if seconds < 120:
        return f"{seconds:.0f} s"
    if seconds < 7200:
        return f"{seconds / 60:.0f} min"
    return f"{seconds / 3600:.1f} h" if seconds < 172_800 else f"{seconds / 86_400:.1f} days"


def rows_table(data: SweepData, most: int | None = None) -> Table:
    """One row a unit: its swept settings, its state, its numbers."""
    numbers = [name for name in SHOWN.get(data.verb, tuple(data.columns)) if data.units.has(name)]
    head = [*data.fields, "state", *(name.replace("_", " ") for name in numbers)]
    rows: list[Sequence[Cell | str]] = [
        [
            *(_text(row.settings.get(name)) for name in data.fields),
            row.state,
            *(_number(name, row.values.get(name)) for name in numbers),
        ]
        for row in data.rows[:most]
    ]
    first = len(data.fields) + 1
    numeric = tuple(place for place in range(len(head)) if place >= first)
    return Table(head, rows, f"Units of {data.name}", numeric=numeric)


def failures(data: SweepData, most: int = 5) -> list[str]:
    """What went wrong, for the first units that failed."""
    failed = data.units.count_state("failed")
    first = islice(data.units.in_state("failed"), most)
    told = [f"{settings_of(data, row)}: {one_line(row.error)}" for row in first]
    if failed > most:
        told.append(f"and {failed - most:,} more failed")
    return told


def settings_of(data: SweepData, row: SweepRow) -> str:
    """A unit's swept settings on one line."""
    shown = [f"{name}={_text(row.settings[name])}" for name in data.fields if name in row.settings]
    return ", ".join(shown) or "the only unit"


def sweep_card(data: SweepData, *, whole: bool) -> Card:
    """What a notebook, or a page, shows of a sweep.

    Args:
        data: Whose.
        whole: Show all rows.
    """
    blocks: list[Block] = [Paragraph(opening(data), "lead")]
    if data.units.count_state(FINISHED):
        caption = f"{data.score.replace('_', ' ')} of the units; bars reach from the lowest to the "
        caption += "highest seed."
        alt = visible(f"{data.score} of {len(data.rows)} units")
        blocks.append(picture(lambda: drawn(data), "sweep", caption, alt, instead=()))
    if told := failures(data):
        blocks.append(Sentences(told))
    blocks.append(rows_table(data, None if whole else MOST_ROWS))
    return Card(title=data.name, blocks=tuple(blocks))


def sweep_page(data: SweepData) -> Page:
    """The page of a sweep."""
    return Page(data.name, "echospan sweep", [sweep_card(data, whole=True)])


def _text(value: Any) -> str:
    if value is None:
        return "–"
    return value if isinstance(value, str) else json.dumps(value)


def _number(name: str, value: Any) -> str:
    if value is None:
        return "–"
    if isinstance(value, str | bool):
        return value if isinstance(value, str) else json.dumps(value)
    if name in SHARES:
        return percent(value)
    return str(value) if isinstance(value, int) else f"{value:.3g}"

"""Tables: variants, two-by-twos and the runs of a store."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from echospan.report.figures.grid import cells_of
from echospan.report.terminal.pen import DASH, HIT, MISS, QUIET, STRONG, WARN, write
from echospan.report.values import count, duration, percent, percent_interval, plural
from echospan.results.run import Grid, Variant

NARROW = 80
"""Below that many columns the less needed ones are left out."""

ROOMY = 100
"""Columns from which on the recipe is shown beside an id that begins with it."""

BESIDE_ID = 30
"""Columns that recipe, state and accuracy need beside an id that stands on one line."""

_STATES = {"finished": HIT, "failed": MISS, "interrupted": WARN, "running": "cyan"}


def new_table(console: Console, title: str = "") -> Table:
    """An open table whose title stands at the left."""
    shown = write(console, title, STRONG) if title else None
    return Table(
        box=box.SIMPLE_HEAD,
        title=shown,
        title_justify="left",
        pad_edge=False,
        collapse_padding=True,
    )


def comparison_table(
    variants: Sequence[Variant],
    console: Console,
    *,
    chance: float | None = None,
) -> None:
    """Print one row per variant: accuracy, interval over seeds, size and time.

    Args:
        variants: As in a result.
        console: Where to; below 80 columns parameters and time are left out.
        chance: Accuracy of a model that knows nothing, below the table.
    """
    wide = console.width >= NARROW
    table = new_table(console)
    table.add_column("variant", overflow="fold")
    for name in ("accuracy", "interval", "seeds", *(("parameters", "time") if wide else ())):
        table.add_column(name, justify="right", no_wrap=True)
    for variant in variants:
        cells = [
            write(console, variant.title),
            write(console, percent(variant.accuracy), STRONG),
            write(console, percent_interval(variant.interval, DASH)),
            write(console, count(variant.seed_count)),
        ]
        if wide:
            cells.append(write(console, count(variant.parameters)))
            cells.append(write(console, duration(variant.seconds)))
        table.add_row(*cells)
    console.print(table)
    _chance(chance, console)


def grid_table(
    grid: Grid,
    variants: Sequence[Variant],
    console: Console,
    *,
    chance: float | None = None,
) -> None:
    """Print a two-by-two: accuracy, interval and seeds in each cell.

    Raises:
        DataError: The cells do not fit rows and columns.
    """
    rows, columns, cells = cells_of(grid)
    by_name = {variant.name: variant for variant in variants}
    table = new_table(console)
    table.show_lines = True
    table.add_column("", overflow="fold", style=STRONG)
    for name in columns:
        table.add_column(write(console, name), justify="center", overflow="fold")
    for name, line in zip(rows, cells, strict=True):
        table.add_row(write(console, name), *(_cell(by_name.get(cell), console) for cell in line))
    console.print(table)
    _chance(chance, console)


def _cell(variant: Variant | None, console: Console) -> Text:
    if variant is None or variant.accuracy is None:
        return write(console, "not run", QUIET)
    text = write(console, percent(variant.accuracy), STRONG)
    interval, seeds = percent_interval(variant.interval), variant.seed_count
    if interval:
        text += write(console, f"\n{interval}")
    if seeds:
        text += write(console, f"\n{plural(seeds, 'seed')}", QUIET)
    return text


def _chance(chance: float | None, console: Console) -> None:
    if chance is not None:
        console.print(write(console, f"chance: {percent(chance)}", QUIET))


def runs_table(summaries: Sequence[Any], console: Console) -> None:
    """Print runs, one per row, in the order given.

    Args:
        summaries: The store's summaries, or mappings with ``run_id``, ``recipe``, ``state``,
            ``accuracy`` and optionally ``kind``, ``outcome``, ``seed``, ``created`` (ISO 8601),
            ``seconds``, ``label``. Sheets and comparisons show their outcome.
        console: Where to; below 80 columns seed, time and label are left out.
    """
    if not summaries:
        console.print(write(console, "There is no run in this store.", QUIET))
        return
    tables = [_mapping(summary) for summary in summaries]
    mixed = any((entry.get("kind") or "run") != "run" for entry in tables)
    wide = console.width >= NARROW
    labelled = wide and any(entry.get("label") for entry in tables)
    table = new_table(console)
    longest = max(len(str(entry.get("run_id"))) for entry in tables)
    whole = longest + BESIDE_ID <= console.width
    # An id is for copying, and never shortened; it begins with the recipe, which gives way first.
    named = (console.width >= ROOMY and not mixed) or not all(
        str(entry.get("run_id")).startswith(str(entry.get("recipe"))) for entry in tables
    )
    table.add_column("run", overflow="fold", style=STRONG, no_wrap=whole)
    if named:
        table.add_column("recipe", overflow="fold")
    table.add_column("state", no_wrap=True)
    if mixed:
        table.add_column("kind", no_wrap=True)
        table.add_column("result", overflow="fold")
    else:
        table.add_column("accuracy", justify="right", no_wrap=True)
    roomy = wide and (not mixed or console.width >= ROOMY)
    if roomy:
        table.add_column("seed", justify="right")
        table.add_column("time", justify="right", no_wrap=True)
        table.add_column("created (UTC)", no_wrap=True)
    if labelled:
        table.add_column("label", overflow="fold")
    for entry in tables:
        state = str(entry.get("state") or "unknown")
        cells = [
            write(console, entry.get("run_id") or DASH),
            *([write(console, entry.get("recipe") or DASH)] if named else []),
            write(console, state, _STATES.get(state, "")),
            *([write(console, entry.get("kind") or "run")] if mixed else []),
            write(console, entry.get("outcome") or percent(entry.get("accuracy"))),
        ]
        if roomy:
            cells.append(write(console, DASH if entry.get("seed") is None else entry["seed"]))
            cells.append(write(console, duration(entry.get("seconds"))))
            cells.append(write(console, _moment(entry.get("created")), QUIET))
        if labelled:
            cells.append(write(console, entry.get("label") or ""))
        table.add_row(*cells)
    console.print(table)


def _mapping(summary: Any) -> Mapping[str, Any]:
    if isinstance(summary, Mapping):
        return summary
    made: Mapping[str, Any] = summary.to_json()
    return made


def _moment(created: object) -> str:
    """An ISO 8601 time to the minute: ``2026-11-23 09:42``."""
    return str(created)[:16].replace("T", " ") if created else DASH

"""The decoded X and y of one sequence, row by row."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rich.console import Console
from rich.text import Text

from echospan.report.terminal.pen import DASH, DOT, HIT, QUIET, STRONG, write
from echospan.report.terminal.tables import new_table
from echospan.report.values import plural, symbol, symbols
from echospan.results.tolerant import items

MOST_ROWS = 60
"""Rows printed; the rest is counted below."""

Row = tuple[int, int, Sequence[Any], Any]
"""Row number, number of its batch, inputs (timesteps,), and target or targets."""


def rows_table(
    rows: Sequence[Row],
    console: Console,
    *,
    lag: int | None = None,
) -> None:
    """Print what the model is given (X) and asked (y), a rule between batches.

    With a lag, the value in X that the answer echoes is set off where it is inside X at all.

    Args:
        rows: Tables ``(row, batch, inputs, target or list of targets)``; missing symbols are None
            or -1.
        console: Where to.
        lag: Steps between a value and its echo, where that is one number.
    """
    if not rows:
        console.print(write(console, "The framing gives no row for this sequence.", QUIET))
        return
    table = new_table(console)
    table.add_column("row", justify="right", style=QUIET, no_wrap=True)
    table.add_column("batch", justify="right", style=QUIET, no_wrap=True)
    table.add_column("X", overflow="fold")
    many = any(_many(target) for *_, target in rows)
    table.add_column("y", justify="left" if many else "right", overflow="fold")
    shown = list(rows[:MOST_ROWS])
    width = max(len(text) for row in shown for text in (*symbols(row[2]), "0"))
    for place, (row, batch, inputs, target) in enumerate(shown):
        last_of_batch = place + 1 < len(shown) and shown[place + 1][1] != batch
        table.add_row(
            str(row),
            str(batch),
            _inputs(console, symbols(inputs), target, lag, width),
            _target(console, target, width),
            end_section=last_of_batch,
        )
    console.print(table)
    if len(rows) > MOST_ROWS:
        console.print(write(console, f"and {plural(len(rows) - MOST_ROWS, 'more row')}", QUIET))


def _inputs(console: Console, inputs: list[str], target: Any, lag: int | None, width: int) -> Text:
    """The inputs in one line; those that the answer echoes stand in brackets."""
    if _many(target):
        return _folded(console, inputs, DASH, width, "")
    echoed = _echoed(inputs, target, lag)
    line = Text()
    for place, text in enumerate(inputs):
        word = (text or DASH).rjust(width)
        if place in echoed:
            line += write(console, f"[{word}]", f"bold {HIT}")
        else:
            line += write(console, f" {word} ", "" if text else QUIET)
    return line


def _echoed(inputs: list[str], target: Any, lag: int | None) -> set[int]:
    """Places of the inputs that one single target echoes: at most one."""
    if lag is None or _many(target) or lag >= len(inputs):
        return set()
    place = len(inputs) - 1 - lag
    wanted = symbol(target)
    return {place} if wanted and inputs[place] == wanted else set()


def _target(console: Console, target: Any, width: int) -> Text:
    if not _many(target):
        text = symbol(target)
        return write(console, text or DOT, STRONG if text else QUIET)
    return _folded(console, symbols(target), DOT, width, STRONG)


def _folded(console: Console, texts: list[str], absent: str, width: int, style: str) -> Text:
    """Words of one width, which stay below each other when the cell is folded."""
    line = Text()
    for text in texts:
        line += write(console, f"{(text or absent).rjust(width)} ", style if text else QUIET)
    return line


def _many(target: Any) -> bool:
    return not isinstance(target, str) and (bool(items(target)) or isinstance(target, list))

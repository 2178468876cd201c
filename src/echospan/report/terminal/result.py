"""One result as a panel: how good, measured on what, at what cost, and one sequence to look at."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rich.console import Console, Group
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from echospan.report import words
from echospan.report.terminal.pen import CROSS, DASH, DOT, HIT, MISS, QUIET, STRONG, WARN, write
from echospan.report.terminal.tables import comparison_table, grid_table
from echospan.report.values import count, percent, percent_interval, symbols
from echospan.results.run import RunData

WIDEST = 100
_STYLE = {"good": HIT, "warn": WARN, "": STRONG}


def show_result(result: RunData, console: Console) -> None:
    """Print a result with what it is compared with, and its explanation."""
    result_panel(result, console)
    if result.variants and result.grid is not None:
        grid_table(result.grid, result.variants, console, chance=result.chance)
    elif result.variants:
        comparison_table(result.variants, console, chance=result.chance)
    for sentence in (*result.notes, *result.explanation):
        console.print(write(console, f"- {sentence}"))


def result_panel(result: RunData, console: Console) -> None:
    """Print a result: accuracy with interval, chance, ceiling, seeds, size, time, one sequence.

    A miss in the sequence is red and stands over a cross, so that it shows without colour too.

    Args:
        result: What is not known of it is left out.
        console: Where to. At most 100 columns are used.
    """
    width = min(console.width, WIDEST)
    title = Text.assemble(
        write(console, result.recipe or "result", STRONG),
        write(console, f"  {result.run_id}" if result.run_id else "", QUIET),
    )
    parts: list[Any] = [_facts(result, console)]
    rows = sequence_rows(result, console, width - 6)
    if rows:
        parts += [Text(), *rows]
    console.print(
        Panel(Group(*parts), title=title, title_align="left", width=width, padding=(0, 2)),
    )


def _facts(result: RunData, console: Console) -> Table:
    facts = Table.grid(padding=(0, 2))
    facts.add_column(style=QUIET, no_wrap=True)
    facts.add_column(overflow="fold")
    for name, value in _lines(result, console):
        if value.plain:
            facts.add_row(name, value)
    return facts


def _lines(result: RunData, console: Console) -> list[tuple[str, Text]]:
    verdict = result.standing
    style = _STYLE[words.BADGES.get(verdict, "")]
    accuracy = Text()
    if result.accuracy is not None:
        accuracy = write(console, percent(result.accuracy), style)
        interval = percent_interval(result.accuracy_interval)
        confidence = percent(result.confidence or 0.95)
        if interval:
            accuracy += write(console, f"  ({confidence} interval {interval})")
        if verdict:
            accuracy += write(console, f"  {verdict}", style)
    levels = Text()
    if result.chance is not None:
        levels = write(console, f"{percent(result.chance)}  ({words.chance_meaning(result)}")
        ceiling = result.ceiling
        levels += write(console, ")" if ceiling is None else f"; ceiling {percent(ceiling)})")
    beside = [
        f"{words.baseline(name)} {percent(score.accuracy)}"
        for name, score in result.baselines.items()
    ]
    epochs = count(result.epochs, "") if result.learned else ""
    if epochs and result.updates is not None:
        epochs += f" ({count(result.updates)} updates)"
    spent = ", ".join(f"{name} {time}" for name, time in words.time_spent(result))
    scored = words.measured(result) if result.scored is not None else ""
    return [
        ("accuracy", accuracy),
        ("measured on", write(console, scored)),
        ("chance", levels),
        ("baselines", write(console, f"{', '.join(beside)}  (measured)" if beside else "")),
        ("seed", write(console, _seeds(result))),
        ("parameters", write(console, count(result.parameters, ""))),
        ("epochs", write(console, epochs)),
        ("time", write(console, spent)),
    ]


def _seeds(result: RunData) -> str:
    if result.seed is None:
        return ""
    most = max((one.seed_count or 0 for one in result.variants), default=0)
    variants = f"; variants: up to {most} seeds each" if most > 1 else ""
    return f"{result.seed} (1 seed{variants})"


def sequence_rows(result: RunData, console: Console, width: int) -> list[Text]:
    """Input, expected and predicted above each other, folded to ``width`` columns."""
    inputs, expected, predicted = map(symbols, (result.inputs, result.expected, result.predicted))
    steps = max(len(inputs), len(expected))
    if not expected:
        return []
    cell = 1 + max(len(text) for text in (*inputs, *expected, *predicted, "00"))
    label = len("predicted")
    columns = max(1, (width - label) // cell)
    lines: list[Text] = []
    for first in range(0, steps, columns):
        here = range(first, min(first + columns, steps))
        if lines:
            lines.append(Text())
        lines += _stretch(console, here, cell, label, (inputs, expected, predicted))
    return lines


def _stretch(
    console: Console,
    steps: range,
    cell: int,
    label: int,
    rows: tuple[Sequence[str], Sequence[str], Sequence[str]],
) -> list[Text]:
    inputs, expected, predicted = rows
    made = [write(console, name.ljust(label)) for name in ("input", "expected", "predicted", "")]
    for step in steps:
        wanted, given = _at(expected, step), _at(predicted, step)
        hit = bool(wanted) and wanted == given
        miss = bool(wanted) and not hit
        source = _at(inputs, step) or (DASH if step < len(inputs) else "")
        answer = (given or DASH) if wanted else (DOT if step < len(expected) else "")
        target = wanted or (DOT if step < len(expected) else "")
        made[0] += write(console, source.rjust(cell), QUIET)
        made[1] += write(console, target.rjust(cell))
        made[2] += write(console, answer.rjust(cell), HIT if hit else MISS if miss else QUIET)
        made[3] += write(console, (CROSS if miss else "").rjust(cell), MISS)
    if not made[3].plain.strip():
        made.pop()
    for line in made:
        line.rstrip()
    return made


def _at(values: Sequence[str], step: int) -> str:
    return values[step] if step < len(values) else ""

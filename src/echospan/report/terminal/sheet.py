"""Spec sheets in the terminal: one, or several side by side."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console
from rich.text import Text

from echospan.report.reference_tables import reference_table, said_of
from echospan.report.tables import Cell
from echospan.report.terminal.pen import (
    CHECK,
    CROSS,
    DASH,
    HIT,
    MISS,
    QUIET,
    STRONG,
    WARN,
    write,
)
from echospan.report.terminal.tables import NARROW, new_table
from echospan.report.values import count, duration, percent, percent_interval, plural
from echospan.report.words import apart, capacity, edge, protocol, rates_tried, size, span_known
from echospan.results.comparison import ComparisonData
from echospan.results.probes import Reference
from echospan.results.sheet import SheetData

OUTCOMES = {"solved": HIT, "failed": MISS, "undecided": WARN}
INTERRUPTED = "Interrupted. Results so far:"

WIDE = 90
"""Columns of a terminal in which there is room for times and learning rates, too."""


def sheet_table(sheet: SheetData, console: Console) -> None:
    """Print a sheet: accuracy lag by lag, the span, the verdict and the checks."""

    def say(text: Text) -> None:
        console.print(text, highlight=False, soft_wrap=False)

    if sheet.interrupted:
        say(write(console, INTERRUPTED, WARN))
    say(write(console, sheet.model, STRONG) + write(console, f"  {_about(sheet)}", QUIET))
    _lags(sheet, console)
    say(write(console, f"chance {percent(sheet.chance)}", QUIET))
    say(Text())
    say(
        write(console, "span     ", QUIET)
        + write(console, span_known(sheet), STRONG)
        + write(console, f"  {edge(sheet)}")
    )
    for name, words in _facts(sheet):
        if words:
            say(write(console, f"{name:<9}", QUIET) + write(console, words))
    solved = sheet.verdict_code == "solved"
    say(
        write(console, "verdict  ", QUIET)
        + write(console, sheet.verdict_code, HIT if solved else WARN)
    )
    say(write(console, sheet.verdict))
    _checks(sheet, console)
    for remark in filter(None, (size(sheet), *sheet.notes)):
        say(write(console, f"note: {remark}", QUIET))


def sheets_table(comparison: ComparisonData, console: Console) -> None:
    """Print several sheets as one table, the accuracies by lag, and which models differ."""
    if comparison.interrupted:
        console.print(write(console, INTERRUPTED, WARN))
    # The verdict should stay on one line: what is less than it goes first.
    wide, widest = console.width >= NARROW, console.width >= WIDE
    table = new_table(console)
    table.add_column("model", overflow="fold")
    more = [*(["bits stored"] if wide else []), *(["time"] if widest else [])]
    for name in ("parameters", "span", "failed", *more):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("verdict", overflow="fold")
    for sheet in comparison.sheets:
        held = sheet.bits_held
        cells = [
            write(console, sheet.model),
            write(console, count(sheet.parameters)),
            write(console, span_known(sheet), STRONG),
            write(console, count(sheet.first_failed)),
        ]
        if wide:
            cells.append(write(console, DASH if held is None else f"{held:.1f}"))
        if widest:
            cells.append(write(console, duration(sheet.seconds)))
        table.add_row(*cells, write(console, sheet.verdict_code))
    console.print(table)
    _accuracies(comparison.sheets, console)
    if comparison.reference is not None:
        _reference_rows(comparison, console)
    for sentence in (*apart(comparison), *filter(None, map(size, comparison.sheets))):
        console.print(write(console, sentence))
    if comparison.sheets:
        first = comparison.sheets[0]
        console.print(write(console, f"chance {percent(first.chance)}", QUIET))
        if rules := protocol(first):
            console.print(write(console, f"protocol {rules}", QUIET))


def _reference_rows(comparison: ComparisonData, console: Console) -> None:
    """The sheets among the rows of the reference table."""
    assert comparison.reference is not None
    whole = reference_table(comparison.reference, comparison.sheets)
    # A narrow terminal has room for the model, where it comes from, its span and its state.
    shown = range(len(whole.head)) if console.width >= WIDE else (0, 1, 3, 6)
    table = new_table(console)
    for column in shown:
        right = column in whole.numeric
        table.add_column(
            whole.head[column],
            justify="right" if right else "left",
            no_wrap=right,
            overflow="fold",
        )
    for row in whole.rows:
        cells = [one if isinstance(one, Cell) else Cell(one) for one in row]
        mine = STRONG if cells[0].kind else ""
        table.add_row(*(write(console, cells[column].text, mine) for column in shown))
    console.print(table)
    for sentence in said_of(comparison.reference):
        console.print(write(console, sentence, QUIET))


def _accuracies(sheets: Sequence[SheetData], console: Console) -> None:
    """Accuracy of the median seeds, one row per lag, one column per model."""
    by_model = [{row.lag: row for row in sheet.per_lag} for sheet in sheets]
    table = new_table(console)
    table.add_column(sheets[0].distance if sheets else "", justify="right", no_wrap=True)
    for sheet in sheets:
        table.add_column(write(console, sheet.model), justify="right", overflow="fold")
    for lag in sorted({lag for rows in by_model for lag in rows}):
        cells = []
        for rows in by_model:
            row = rows.get(lag)
            share = DASH if row is None else percent(row.accuracy)
            cells.append(write(console, share, "" if row is None else OUTCOMES[row.outcome]))
        table.add_row(write(console, count(lag)), *cells)
    console.print(table)


def _about(sheet: SheetData) -> str:
    parts = [f"{count(sheet.parameters)} parameters"]
    if sheet.state_size is not None:
        parts.append(f"state of {count(sheet.state_size)}")
    if sheet.receptive_field is not None:
        parts.append(f"receptive field {count(sheet.receptive_field)}")
    if sheet.task != "echo":
        parts.append(f"task {sheet.task}")
    if sheet.symbols is not None:
        parts.append(f"{count(sheet.symbols)} symbols")
    parts += [
        plural(sheet.seeds, "seed"),
        f"{count(sheet.updates)} updates in {duration(sheet.seconds)}",
    ]
    return ", ".join(parts)


def _lags(sheet: SheetData, console: Console) -> None:
    wide, widest = console.width >= NARROW, console.width >= WIDE
    table = new_table(console)
    more = ("by step", "bits", *(("rate",) if widest else ()), "updates") if wide else ()
    for name in (sheet.distance, sheet.scored_as, "interval", "seeds", *more):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("", no_wrap=True)
    for row in sheet.per_lag:
        won = sum(1 for seed in row.seeds if seed.solved)
        cells = [
            write(console, count(row.lag)),
            write(console, percent(row.accuracy), STRONG),
            write(console, percent_interval(row.interval, DASH)),
            write(console, f"{won} of {len(row.seeds)}"),
        ]
        measured = {
            "by step": percent(row.streamed, DASH),
            "bits": DASH if row.bits is None else f"{row.bits:.2f}",
            "rate": DASH if row.learning_rate is None else f"{row.learning_rate:g}",
            "updates": count(row.updates),
        }
        cells += [write(console, measured[name]) for name in more]
        table.add_row(*cells, write(console, row.outcome, OUTCOMES.get(row.outcome, "")))
    console.print(table)


def _facts(sheet: SheetData) -> Sequence[tuple[str, str]]:
    stored = ""
    if sheet.bits_held is not None:
        stored = f"{sheet.bits_held:.1f} stored about the past"
        if sheet.bits_per_parameter is not None:
            stored += f", {sheet.bits_per_parameter:.3g} per parameter"
        if sheet.bits_per_unit is not None:
            stored += f", {sheet.bits_per_unit:.3g} per state unit"
        stored += f" (a symbol is {sheet.bits_per_symbol or 0:.2f})"
    longer = ", ".join(f"{one.name} {percent(one.accuracy)}" for one in sheet.lengths)
    beside = "; ".join(f"{name}: {_reference(rows)}" for name, rows in sheet.references.items())
    return (
        ("bits", stored),
        ("capacity", capacity(sheet)),
        ("rate", _rates(sheet)),
        ("length", longer),
        ("protocol", protocol(sheet)),
        ("compare", beside),
    )


def _rates(sheet: SheetData) -> str:
    """Which learning rates raced at the lag that was not solved, or the last where any did."""
    raced = [row for row in sheet.per_lag if rates_tried(row)]
    if not raced:
        return ""
    row = next((r for r in raced if r.outcome != "solved"), raced[-1])
    return f"{row.learning_rate or 0:g} at {sheet.distance} {row.lag}, among {rates_tried(row)}"


def _reference(rows: Sequence[Reference]) -> str:
    shares = [row.accuracy for row in rows]
    if not shares:
        return DASH
    low, high = percent(min(shares)), percent(max(shares))
    return low if low == high else f"{low} to {high}"


def _checks(sheet: SheetData, console: Console) -> None:
    line = write(console, "checks   ", QUIET)
    bad = []
    for name, check in sheet.checks.items():
        passed = check.passed
        mark, style = (DASH, QUIET) if passed is None else (CHECK, HIT) if passed else (CROSS, MISS)
        line += write(console, f"{mark} ", style) + write(console, f"{name.replace('_', ' ')}  ")
        if passed is False:
            bad.append(f"{name.replace('_', ' ')}: {check.evidence}")
    console.print(line, highlight=False)
    for words in bad:
        console.print(write(console, words, WARN), highlight=False)

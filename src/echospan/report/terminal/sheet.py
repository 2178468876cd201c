"""A memory spec sheet in the terminal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.text import Text

from echospan.report.sheet_words import capacity, distance_of, rates_tried
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
from echospan.report.values import (
    count,
    duration,
    items,
    mapping,
    number,
    percent,
    percent_interval,
    plural,
    variants_of,
)

OUTCOMES = {"solved": HIT, "failed": MISS, "undecided": WARN}

WIDE = 90
"""Columns of a terminal in which there is room for times and learning rates, too."""


def sheet_table(sheet: Mapping[str, Any], console: Console) -> None:
    """Print a sheet: what was measured, lag by lag, the checks and the verdict.

    Args:
        sheet: What `echospan span --json` prints.
        console: Where to.
    """

    def say(text: Text) -> None:
        console.print(text, highlight=False, soft_wrap=False)

    say(
        write(console, f"{sheet.get('model')}", STRONG)
        + write(console, f"  {_about(sheet)}", QUIET)
    )
    _lags(sheet, console)
    say(write(console, f"chance {percent(sheet.get('chance'))}", QUIET))
    say(Text())
    solved = str(sheet.get("verdict_code")) == "solved"
    say(
        write(console, "span     ", QUIET)
        + write(console, f"{count(sheet.get('span'))}", STRONG)
        + write(console, f"  {_edge(sheet)}")
    )
    for name, words in _facts(sheet):
        if words:
            say(write(console, f"{name:<9}", QUIET) + write(console, words))
    say(
        write(console, "verdict  ", QUIET)
        + write(console, f"{sheet.get('verdict_code')}", HIT if solved else WARN)
    )
    say(write(console, f"{sheet.get('verdict')}"))
    _checks(sheet, console)
    for remark in items(sheet.get("notes")):
        say(write(console, f"note: {remark}", QUIET))
    if sheet.get("interrupted"):
        say(write(console, "Interrupted: this is what was decided until then.", WARN))


def _about(sheet: Mapping[str, Any]) -> str:
    parts = [f"{count(sheet.get('parameters'))} parameters"]
    if number(sheet.get("state_size")) is not None:
        parts.append(f"state of {count(sheet['state_size'])}")
    if number(sheet.get("receptive_field")) is not None:
        parts.append(f"receptive field {count(sheet['receptive_field'])}")
    if sheet.get("task") not in (None, "echo"):
        parts.append(f"task {sheet['task']}")
    if number(sheet.get("symbols")) is not None:
        parts.append(f"{count(sheet['symbols'])} symbols")
    parts += [
        plural(int(number(sheet.get("seeds")) or 0), "seed"),
        f"{count(sheet.get('updates'))} updates in {duration(sheet.get('seconds'))}",
    ]
    return ", ".join(parts)


def _lags(sheet: Mapping[str, Any], console: Console) -> None:
    wide, widest = console.width >= NARROW, console.width >= WIDE
    table = new_table(console)
    table.add_column(distance_of(sheet), justify="right", no_wrap=True)
    table.add_column(str(sheet.get("scored_as", "accuracy")), justify="right", no_wrap=True)
    table.add_column("interval", justify="right", no_wrap=True)
    table.add_column("seeds", justify="right", no_wrap=True)
    more = ("by step", "bits", *(("rate",) if widest else ()), "updates") if wide else ()
    for name in more:
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("", no_wrap=True)
    for row in variants_of(sheet.get("per_lag")):
        outcome = str(row.get("outcome"))
        seeds = items(row.get("seeds"))
        won = sum(1 for seed in seeds if mapping(seed).get("solved"))
        cells = [
            write(console, count(row.get("lag"))),
            write(console, percent(row.get("accuracy")), STRONG),
            write(console, percent_interval(row.get("interval"), DASH)),
            write(console, f"{won} of {len(seeds)}"),
        ]
        bits, rate = number(row.get("bits")), number(row.get("learning_rate"))
        measured = {
            "by step": percent(row.get("streamed"), DASH),
            "bits": DASH if bits is None else f"{bits:.2f}",
            "rate": DASH if rate is None else f"{rate:g}",
            "updates": count(row.get("updates")),
        }
        cells += [write(console, measured[name]) for name in more]
        table.add_row(*cells, write(console, outcome, OUTCOMES.get(outcome, "")))
    console.print(table)


def _edge(sheet: Mapping[str, Any]) -> str:
    failed, word = number(sheet.get("first_failed")), distance_of(sheet)
    still = [
        row.get("lag")
        for row in variants_of(sheet.get("per_lag"))
        if row.get("outcome") == "undecided"
    ]
    if failed is not None:
        return f"the first {word} that failed is {count(failed)}"
    return f"{word} {count(still[0])} is undecided" if still else f"no {word} that was tried failed"


def _facts(sheet: Mapping[str, Any]) -> Sequence[tuple[str, str]]:
    held = number(sheet.get("bits_held"))
    bits = ""
    if held is not None:
        bits = f"{held:.1f} held about the past"
        per = number(sheet.get("bits_per_parameter"))
        unit = number(sheet.get("bits_per_unit"))
        if per is not None:
            bits += f", {per:.3g} a parameter"
        if unit is not None:
            bits += f", {unit:.3g} a number of state"
        bits += f" (a symbol is {number(sheet.get('bits_per_symbol')) or 0:.2f})"
    longer = ", ".join(
        f"{one.get('name')} {percent(one.get('accuracy'))}"
        for one in variants_of(sheet.get("lengths"))
    )
    beside = "; ".join(
        f"{name}: {_reference(rows)}" for name, rows in mapping(sheet.get("references")).items()
    )
    return (
        ("bits", bits),
        ("capacity", capacity(sheet)),
        ("rate", _rates(sheet)),
        ("length", longer),
        ("beside", beside),
    )


def _rates(sheet: Mapping[str, Any]) -> str:
    """Which learning rates raced at the lag that was not solved, or the last where any did."""
    word = distance_of(sheet)
    raced = [row for row in variants_of(sheet.get("per_lag")) if rates_tried(row)]
    if not raced:
        return ""
    row = next((r for r in raced if r.get("outcome") != "solved"), raced[-1])
    rate = number(row.get("learning_rate")) or 0
    return f"{rate:g} at {word} {row.get('lag')}, among {rates_tried(row)}"


def _reference(rows: Any) -> str:
    shares = [mapping(row).get("accuracy") for row in items(rows)]
    known = [share for share in map(number, shares) if share is not None]
    if not known:
        return DASH
    low, high = percent(min(known)), percent(max(known))
    return low if low == high else f"{low} to {high}"


def _checks(sheet: Mapping[str, Any], console: Console) -> None:
    line = write(console, "checks   ", QUIET)
    bad = []
    for name, check in mapping(sheet.get("checks")).items():
        passed = mapping(check).get("passed")
        mark, style = (DASH, QUIET) if passed is None else (CHECK, HIT) if passed else (CROSS, MISS)
        line += write(console, f"{mark} ", style) + write(console, f"{name.replace('_', ' ')}  ")
        if passed is False:
            bad.append(f"{name.replace('_', ' ')}: {mapping(check).get('evidence')}")
    console.print(line, highlight=False)
    for words in bad:
        console.print(write(console, words, WARN), highlight=False)

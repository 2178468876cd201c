"""`data`: describe a column before training on it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from echospan.cli.options import BinsOption, JsonOption, YesOption
from echospan.cli.printing import out, print_json
from echospan.foreign import visible

TRAIN_SHARE = 0.8
"""The share of the rows that a run makes its ranges from, unless task.held_out is given."""

MOST_BINS = 1000
"""The most ranges that a column is sorted into, as in a run."""


def data(
    file: Annotated[Path, typer.Argument(metavar="FILE.csv", help="A CSV file with a header.")],
    column: Annotated[
        str | None,
        typer.Option(help="Name of the column, or #2 for the second; left out, all are listed."),
    ] = None,
    kind: Annotated[
        str, typer.Option(help="'auto', 'integers' or 'categories' (all as text).")
    ] = "auto",
    bins: BinsOption = None,
    top: Annotated[int, typer.Option(min=1, help="Number of most common values to list.")] = 10,
    yes: YesOption = False,
    json: JsonOption = False,
) -> None:
    """Describe a CSV column: its values, their frequencies, and missing cells.

    Real numbers are shown in ranges with about as many values each, as a run on them uses them.
    """
    from echospan.data import DEFAULT_BINS, describe, describe_columns, read_series
    from echospan.errors import ConfigError

    if kind not in ("auto", "integers", "categories"):
        raise ConfigError("kind", "one of auto, integers, categories", kind)
    if bins is not None and not 2 <= bins <= MOST_BINS:
        raise ConfigError("bins", f"from 2 to {MOST_BINS}", bins)
    if column is None:
        listed = describe_columns(file)
        if json:
            print_json(listed)
        else:
            _columns(listed)
        return
    series = read_series(
        file,
        column,
        kind=kind,  # type: ignore[arg-type]
        bins=bins or DEFAULT_BINS,
        integers_too=bins is not None,
        train_share=TRAIN_SHARE,
    )
    stats = describe(series, most_common=top)
    if json:
        print_json(stats)
        return
    _print(stats)


def _columns(listed: dict[str, Any]) -> None:
    from rich.table import Table
    from rich.text import Text

    console = out()
    table = Table(box=None, pad_edge=False)
    for name in ("column", "kind", "different", "missing", "first values"):
        numbers = name in ("different", "missing")
        table.add_column(name, justify="right" if numbers else "left")
    for column in listed["columns"]:
        distinct = column["distinct"]
        table.add_row(
            Text(visible(column["name"]), style="bold"),
            column["kind"],
            "very many" if distinct is None else f"{distinct:,}",
            f"{column['missing']:,}",
            Text(", ".join(visible(_short(value)) for value in column["first"])),
        )
    console.print(f"{listed['rows']:,} rows", highlight=False)
    console.print(table)
    if listed["further"]:
        console.print(f"and {listed['further']:,} more columns", highlight=False)
    advice = "No column is a series: each has one value only, or a mixture of kinds."
    if listed["next"] is not None:
        advice = f"Describe one with: {listed['next']}"
    console.print(advice, highlight=False, markup=False, soft_wrap=True)


def _short(value: str) -> str:
    return value if len(value) <= 20 else f"{value[:19]}…"


def _print(stats: dict[str, Any]) -> None:
    from rich.table import Table

    console = out()
    missing = stats["missing"]
    repeat = stats["repeat_share"]
    repeats = "none" if repeat is None else f"{100 * repeat:.3g} %"
    what = f"{stats['kind']}, {stats['symbols']:,} different values"
    if stats["kind"] == "bins":
        what = f"numbers, in {stats['symbols']:,} ranges with about as many values each"
    console.print(
        f"{stats['rows']:,} rows of {what}, "
        f"{missing['count']:,} missing ({100 * missing['share']:.3g} %)",
        highlight=False,
    )
    console.print(
        f"uniform guessing {100 * stats['chance']['uniform']:.3g} %, always the most common value "
        f"{100 * stats['chance']['most_common']:.3g} %; entropy {stats['entropy_bits']:.3f} bits; "
        f"{repeats} equal the previous value",
        highlight=False,
    )
    table = Table(box=None, pad_edge=False, title="most common", title_justify="left")
    table.add_column("value", style="bold")
    table.add_column("count", justify="right")
    table.add_column("share", justify="right")
    for entry in stats["most_common"]:
        table.add_row(str(entry["value"]), f"{entry['count']:,}", f"{100 * entry['share']:.2f} %")
    console.print(table)

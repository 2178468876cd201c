"""`data`: describe a column before training on it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from echospan.cli.options import JsonOption, YesOption
from echospan.cli.printing import out, print_json


def data(
    file: Annotated[Path, typer.Argument(metavar="FILE.csv", help="A CSV file with a header.")],
    column: Annotated[str, typer.Option(help="Name of the column, or #2 for the second.")],
    kind: Annotated[
        str, typer.Option(help="'auto', 'integers' or 'categories' (all as text).")
    ] = "auto",
    top: Annotated[int, typer.Option(min=1, help="Number of most common values to list.")] = 10,
    yes: YesOption = False,
    json: JsonOption = False,
) -> None:
    """Describe a CSV column: its values, their frequencies, and missing cells."""
    from echospan.data import describe, read_series
    from echospan.errors import ConfigError

    if kind not in ("auto", "integers", "categories"):
        raise ConfigError("kind", "one of auto, integers, categories", kind)
    stats = describe(read_series(file, column, kind=kind), most_common=top)  # type: ignore[arg-type]
    if json:
        print_json(stats)
        return
    _print(stats)


def _print(stats: dict[str, Any]) -> None:
    from rich.table import Table

    console = out()
    missing = stats["missing"]
    repeat = stats["repeat_share"]
    repeats = "none" if repeat is None else f"{100 * repeat:.3g} %"
    console.print(
        f"{stats['rows']:,} rows of {stats['kind']}, {stats['symbols']:,} different values, "
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

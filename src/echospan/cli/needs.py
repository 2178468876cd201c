"""`needs`: how far back data need a model to look."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from echospan.cli.measuring import Keeping, measured
from echospan.cli.options import JsonOption, StoreOption
from echospan.cli.sheet_options import check_outputs
from echospan.errors import ConfigError


def needs(
    series: Annotated[
        Path,
        typer.Argument(
            metavar="FILE",
            help="A .csv, .parquet, .npy or .npz file of values; any other is read as text, whose "
            "characters are symbols.",
        ),
    ],
    target: Annotated[
        str | None,
        typer.Option(
            "--column", help="The column that is predicted: its name, or its number written as #2."
        ),
    ] = None,
    horizon: Annotated[
        int, typer.Option(min=1, help="Steps between the newest visible value and the target.")
    ] = 1,
    columns: Annotated[
        list[str] | None,
        typer.Option(
            "--with",
            metavar="COLUMN",
            help="Also see this column; repeatable, or with commas between.",
        ),
    ] = None,
    time: Annotated[
        str | None,
        typer.Option(metavar="COLUMN", help="The time of each row: checks order, finds gaps."),
    ] = None,
    by: Annotated[
        str | None,
        typer.Option(metavar="COLUMN", help="The series of each row, in a table of several."),
    ] = None,
    kind: Annotated[
        Literal["numbers", "symbols"] | None,
        typer.Option(
            help="What the values are. Left out, text and integers of at most 32 different values "
            "are symbols."
        ),
    ] = None,
    unit: Annotated[
        Literal["char", "line", "word", "byte"],
        typer.Option(help="What is a symbol in a text file."),
    ] = "char",
    lookbacks: Annotated[
        str | None,
        typer.Option(metavar="LIST", help="Lookbacks to try, such as 1,2,4,8; left out, up to 64."),
    ] = None,
    splits: Annotated[
        Literal["blocks", "forward"],
        typer.Option(
            help="blocks: each fifth of the series is scored once; forward: only the past trains."
        ),
    ] = "blocks",
    seed: Annotated[int, typer.Option(min=0, help="Of everything that is drawn.")] = 0,
    output: Annotated[
        list[Path] | None,
        typer.Option(
            "-o",
            "--output",
            help="Also write this file (.html, .png, .svg, .pdf, .json, .csv, .parquet, .md, "
            ".tex); repeatable.",
        ),
    ] = None,
    store: StoreOption = None,
    json: JsonOption = False,
) -> None:
    """Measure how far back data need a model to look: a window, or a length of training chunks.

    Simple models predict held-out values from the last L values, for many L.

    Exit code 0: measured; 2: bad input.
    """
    import echospan

    check_outputs(output or [])
    settings: dict[str, Any] = {
        "target": target if target is not None else 0, "horizon": horizon,
        "columns": _inputs(columns), "kind": kind, "lookbacks": _numbers(lookbacks),
        "splits": splits, "time": time, "by": by, "unit": unit, "seed": seed,
    }  # fmt: skip
    measured(
        lambda bar, stop: echospan.needs(series, **settings, observer=bar, stop=stop),
        output or [], json=json, keeping=Keeping("needs", series.name, settings, store),
    )  # fmt: skip


def _inputs(given: list[str] | None) -> tuple[str, ...]:
    """Names of columns, each option one or several with commas between; none if left out."""
    names = [name.strip() for text in given or () for name in text.split(",")]
    if "" in names:
        raise ConfigError("--with", "names of columns with commas between", ",".join(given or ()))
    return tuple(names)


def _numbers(given: str | None) -> tuple[int, ...] | None:
    if given is None:
        return None
    try:
        return tuple(int(one) for one in given.split(","))
    except ValueError:
        raise ConfigError(
            "--lookbacks", "whole numbers with commas between, such as 1,2,4,8", given
        ) from None

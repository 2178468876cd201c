"""`diagnose`: where memory is lost, from the data to the trained model."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from echospan.cli.command import Leave
from echospan.cli.measuring import Keeping, measured
from echospan.cli.options import JsonOption, StoreOption, YesOption, find_beside
from echospan.cli.sheet_options import check_outputs

FAULT_FOUND = 1


def diagnose(
    what: Annotated[
        str,
        typer.Argument(
            metavar="FILE.py:FUNCTION",
            help="A function that returns a dictionary with model, x and y, as for check; with the "
            "trained model, if there is one. With validation_data, what the model uses is "
            "measured on these.",
        ),
    ],
    span: Annotated[
        bool,
        typer.Option(
            "--span",
            help="Also measure how far back the architecture can remember (protocol quick-1; "
            "takes minutes).",
        ),
    ] = False,
    batch_size: Annotated[int | None, typer.Option(min=1, help="Samples per batch.")] = None,
    shuffle: Annotated[
        bool | None, typer.Option(help="Whether fit shuffles the samples. It does by default.")
    ] = None,
    reset_state: Annotated[
        str | None, typer.Option(help="When the state is reset to zero: epoch, batch or never.")
    ] = None,
    stride: Annotated[
        int | None, typer.Option(min=1, help="Steps between neighbouring windows.")
    ] = None,
    seed: Annotated[int | None, typer.Option(min=0, help="Of all draws (default: 0).")] = None,
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
    yes: YesOption = False,
    json: JsonOption = False,
) -> None:
    """Name the weakest link: the data, the framing, the architecture or the training.

    Exit code 0: no fault found; 1: the weakest link has a finding that is an error; 2: bad input.
    """
    import echospan
    from echospan.doctor.sources import from_function

    check_outputs(output or [])
    find_beside()
    arguments = from_function(what)
    for name, value in (
        ("batch_size", batch_size),
        ("shuffle", shuffle),
        ("reset_state", reset_state),
        ("stride", stride),
        ("span", span or None),
        ("seed", seed),
    ):
        if value is not None:
            arguments[name] = value
    kept = {name: one for name, one in arguments.items() if name not in ("model", "x", "y")}
    keeping = Keeping("diagnose", what, kept, store)
    given = [arguments.pop("model"), arguments.pop("x"), arguments.pop("y", None)]
    found = measured(
        lambda bar, stop: echospan.diagnose(*given, **arguments, observer=bar, stop=stop),
        output or [], json=json, keeping=keeping,
    )  # fmt: skip
    if not found.ok:
        raise Leave(FAULT_FOUND)

"""`uses`: how far back a trained model looks."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from echospan.cli.measuring import Keeping, measured
from echospan.cli.options import JsonOption, StoreOption, find_beside
from echospan.cli.printing import say
from echospan.cli.sheet_options import check_outputs
from echospan.errors import ConfigError


def uses(
    what: Annotated[
        str | None,
        typer.Argument(
            metavar="[FILE.py:FUNCTION]",
            help="A function that returns a dictionary with model, x and y, as for check; with "
            "validation_data, that is measured.",
        ),
    ] = None,
    model: Annotated[
        str | None,
        typer.Option(
            help="A trained Keras model (.keras), or hf:FOLDER, a causal language model in a local "
            "folder."
        ),
    ] = None,
    data: Annotated[
        Path | None,
        typer.Option(
            help="A .npz file with arrays x and y (or x_val and y_val, which are preferred); for "
            "hf:FOLDER a text file, or a .npz or .npy file of integers."
        ),
    ] = None,
    stride: Annotated[
        int | None,
        typer.Option(min=1, help="Steps between neighbouring windows; by default, inferred."),
    ] = None,
    window: Annotated[
        int | None, typer.Option(min=2, help="Steps of a window, to cut longer sequences.")
    ] = None,
    windows: Annotated[
        int | None, typer.Option(min=16, help="Windows at most (default: 2048).")
    ] = None,
    donors: Annotated[
        int | None,
        typer.Option(min=1, max=256, help="Other places for the older steps (default: 8)."),
    ] = None,
    margin: Annotated[
        float | None, typer.Option(help="Share of the gain that may be missing (default: 0.05).")
    ] = None,
    padding: Annotated[
        float | None,
        typer.Option(help="What stands for missing steps, for a model of a fixed length."),
    ] = None,
    by: Annotated[
        Literal["rarity"] | None,
        typer.Option(help="Measure classes of answers, too: common and rare targets."),
    ] = None,
    replace: Annotated[
        bool,
        typer.Option("--replace", help="Also show older steps replaced, losses averaged."),
    ] = False,
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
    trust: Annotated[
        bool,
        typer.Option(
            "--trust", help="Load a .keras file even if it could run code or use much memory."
        ),
    ] = False,
    store: StoreOption = None,
    json: JsonOption = False,
) -> None:
    """Measure how far back a trained model looks: its loss with older inputs taken away.

    Your model is not changed. Exit code 0: measured; 2: bad input, such as an untrained model.
    """
    import echospan

    if (what is None) == (model is None and data is None):
        raise ConfigError("FILE.py:FUNCTION", "given, or else --model and --data", what)
    check_outputs(output or [])
    find_beside()
    arguments = _arguments(what, model, data, trust=trust)
    for name, value in (
        ("stride", stride),
        ("window", window),
        ("windows", windows),
        ("donors", donors),
        ("margin", margin),
        ("padding", padding),
        ("classes", by),
        ("replace", replace or None),
        ("seed", seed),
    ):
        if value is not None:
            arguments[name] = value
    kept = {"data": data, **{k: v for k, v in arguments.items() if k not in ("model", "x", "y")}}
    keeping = Keeping("uses", what or model or "", kept, store)
    given = [arguments.pop("model"), arguments.pop("x"), arguments.pop("y", None)]
    measured(
        lambda bar, stop: echospan.uses(*given, **arguments, observer=bar, stop=stop),
        output or [], json=json, keeping=keeping,
    )  # fmt: skip


def _arguments(
    what: str | None, model: str | None, data: Path | None, *, trust: bool
) -> dict[str, Any]:
    from echospan.doctor.check import OF_CHECK, OF_FIT
    from echospan.doctor.sources import from_files, from_function
    from echospan.usage.sources import HF, from_folder, held_out

    if model is not None and model.startswith(HF):
        return from_folder(model, data)
    given = from_function(what) if what is not None else from_files(model, data, trust=trust)
    arguments, note = held_out(given, (*OF_CHECK, *OF_FIT))
    if note:
        say(note)
    return arguments

"""`check` and `explain`: the framing doctor."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from echospan.cli import complete
from echospan.cli.command import Leave
from echospan.cli.measuring import Keeping
from echospan.cli.options import JsonOption, StoreOption, YesOption, find_beside
from echospan.cli.printing import out, print_json, print_text
from echospan.errors import ConfigError
from echospan.extras import needs

ERRORS_FOUND = 1


def check(
    what: Annotated[
        str | None,
        typer.Argument(
            metavar="[FILE.py:FUNCTION]",
            help="A function that returns the arguments of echospan.check as a dictionary.",
        ),
    ] = None,
    model: Annotated[
        str | None,
        typer.Option(
            help="A saved Keras model (.keras); or a model's name or FILE.py:function, as for span."
        ),
    ] = None,
    data: Annotated[
        Path | None,
        typer.Option(
            help="A .npz file with arrays x and y (and x_val, y_val), or x_NAME per input."
        ),
    ] = None,
    batch_size: Annotated[int | None, typer.Option(min=1, help="Samples per batch.")] = None,
    shuffle: Annotated[
        bool | None, typer.Option(help="Whether fit shuffles the samples. It does by default.")
    ] = None,
    reset_state: Annotated[
        str | None, typer.Option(help="When the state is reset to zero: epoch, batch or never.")
    ] = None,
    needs_lag: Annotated[
        int | None,
        typer.Option(min=0, help="Lag that the targets need; by default, inferred from the data."),
    ] = None,
    stride: Annotated[
        int | None, typer.Option(min=1, help="Steps between neighbouring windows.")
    ] = None,
    epochs: Annotated[
        int | None,
        typer.Option(min=1, help="Epochs of the training; whether they are enough is judged."),
    ] = None,
    thorough: Annotated[
        bool,
        typer.Option("--thorough", help="Also look at what takes longer, by training a clone."),
    ] = False,
    figure: Annotated[
        Path | None, typer.Option(help="Save the reach map to this file (.png or .svg).")
    ] = None,
    trust: Annotated[
        bool,
        typer.Option(
            "--trust", help="Load a .keras file even if it could run code or use much memory."
        ),
    ] = False,
    store: StoreOption = None,
    yes: YesOption = False,
    json: JsonOption = False,
) -> None:
    """Find what would prevent a model from learning: order, state, gradient, masks.

    Your model is not changed. Exit code 0: no error found; 1: error found; 2: bad input.
    """
    import echospan
    from echospan.doctor.sources import from_files, from_function

    if (what is None) == (model is None and data is None):
        raise ConfigError("FILE.py:FUNCTION", "given, or else --model and --data", what)
    if figure is not None:
        from echospan.report.files import check_output

        check_output(figure, "--figure")
        needs("--figure", "matplotlib")
    find_beside()
    arguments = from_function(what) if what is not None else from_files(model, data, trust=trust)
    for name, value in (
        ("batch_size", batch_size),
        ("shuffle", shuffle),
        ("reset_state", reset_state),
        ("needs_lag", needs_lag),
        ("stride", stride),
        ("epochs", epochs),
        ("thorough", thorough or None),
    ):
        if value is not None:
            arguments[name] = value
    kept = {"data": data, **{k: v for k, v in arguments.items() if k not in ("model", "x", "y")}}
    keeping = Keeping("check", what or model or "", kept, store)
    keeping.check()
    report = echospan.check(
        arguments.pop("model"), arguments.pop("x", None), arguments.pop("y", None), **arguments
    )
    if json:
        print_json(report.to_dict())
    else:
        report.print(out())
    keeping.keep(report, quiet=json)
    # Last: the report is printed by then, whatever becomes of the file.
    if figure is not None:
        from echospan.report.figures import save

        save(report.figure(), figure)
    if not report.ok:
        raise Leave(ERRORS_FOUND)


def explain(
    code: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="CODE|SYMPTOM",
            help="A finding's code, or what you see: 'loss stays flat'. Left out: list the codes.",
            autocompletion=complete.codes,
        ),
    ] = None,
    json: JsonOption = False,
) -> None:
    """Explain a finding, with an example and the remedy; or a symptom, by its causes."""
    if not code:
        from echospan.cli.listing import list_names

        list_names("findings", json=json)
        return
    from echospan.doctor import explain as text_of
    from echospan.doctor.catalogue import entry
    from echospan.doctor.explain import causes

    asked = " ".join(code)
    if not json:
        # Not through Rich: it would fold the code.
        print_text(text_of(asked).removesuffix("\n"))
        return
    matches = causes(asked)
    if not matches:
        finding = entry(asked)
        print_json({**finding.to_dict(), "example": f"{finding.example.strip()}\n{finding.call}"})
        return
    codes = dict.fromkeys(code for each in matches for code in each.codes)
    print_json(
        {
            "asked": asked,
            "symptoms": [
                {"symptom": each.symptom, "likeness": round(each.likeness, 3)} for each in matches
            ],
            "findings": [
                {
                    "code": code,
                    "title": entry(code).title,
                    "severity": entry(code).severity,
                    "cure": " ".join(entry(code).cure.split()),
                }
                for code in codes
            ],
        }
    )

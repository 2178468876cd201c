"""`export`: a trained model as a file of Keras or ONNX."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from echospan.cli.options import (
    JsonOption,
    RunArgument,
    StoreOption,
    TrustOption,
    find_beside,
    open_store,
)
from echospan.cli.printing import out, print_json, print_text
from echospan.errors import ConfigError
from echospan.extras import TRAINING, needs


def export(
    run: RunArgument,
    to: Annotated[
        Literal["keras", "onnx"],
        typer.Option(
            "--to",
            help="keras: for Keras on JAX; onnx: for ONNX Runtime, without Keras and JAX.",
        ),
    ],
    output: Annotated[
        Path | None,
        typer.Option("-o", "--output", help="The file (default: RUN.keras or RUN.onnx)."),
    ] = None,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace an existing file.")
    ] = False,
    trust: TrustOption = False,
    store: StoreOption = None,
    json: JsonOption = False,
) -> None:
    """Write a trained model as a file for other programs, and say how to load it.

    An ONNX file takes the values as integers. It is written only if its outputs by ONNX Runtime
    agree with echospan's own. `echospan runs export` writes a whole run as a .zip file.
    """
    needs("Export", *TRAINING, *(("onnx", "onnxruntime") if to == "onnx" else ()))
    if output is not None and output.suffix != f".{to}":
        raise ConfigError("--output", f"a file that ends in .{to}, as --to asks", str(output))
    from echospan.serve import load

    with open_store(store, create=False) as opened:
        finished = "finished" if run.startswith("latest") else None
        stored = opened.get(run, state=finished, kind="run")
        if trust:
            find_beside()
        trained = load(stored, trust=trust)
    place = output or Path(f"{stored.id}.{to}")
    if to == "keras":
        written = trained.export(place, overwrite=overwrite)
        lines, told = trained.how_to_load(written), {}
    else:
        from echospan.serve.onnx_file import how_to_run

        made = trained.export_onnx(place, overwrite=overwrite)
        written, lines = made.path, how_to_run(trained, made)
        told = {
            "timesteps": made.timesteps,
            "states": list(made.states),
            "compared": made.compared,
            "largest_difference": made.largest_difference,
            "tolerance": made.tolerance,
        }
    if json:
        print_json({"run_id": stored.id, "format": to, "path": str(written), "load": lines, **told})
        return
    out().print(str(written), highlight=False, soft_wrap=True, markup=False)
    if told:
        print_text(
            f"{told['compared']:,} outputs were compared with echospan's: the largest difference "
            f"is {told['largest_difference']:.2g}, the tolerance {told['tolerance']:.2g}."
        )
    print_text(f"\n{lines}")

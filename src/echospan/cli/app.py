"""The application and its commands, one module each. Commands import what they need when run."""

from __future__ import annotations

from typing import Annotated

import typer

from echospan.cli import (
    ask,
    check,
    code,
    conform,
    data,
    diagnose,
    environment,
    export,
    listing,
    needs,
    run,
    runs,
    serve,
    show,
    span,
    sweep,
    tour,
    uses,
)
from echospan.cli.command import Command

app = typer.Typer(
    name="echospan",
    help="Measure how far back a sequence model can remember, and find data-layout mistakes that "
    "stop it learning.",
    epilog="Start with: echospan tour",
    no_args_is_help=True,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
)


def _print_version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        typer.echo(f"echospan {version('echospan')}")
        raise typer.Exit


VersionOption = Annotated[
    bool,
    typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version."),
]


@app.callback()
def echospan(version: VersionOption = False) -> None:
    """Define the options that come before a command."""


LEARN, MEASURE, DIAGNOSE, KEEP = "Learn", "Measure", "Diagnose", "Keep"
"""The groups of the help: what a user came for."""


def command(panel: str, function: object, example: str, name: str | None = None) -> None:
    """Add a command to a group of the help, with an example below its own help."""
    added = app.command(name, cls=Command, epilog=f"Example: {example}", rich_help_panel=panel)
    added(function)  # type: ignore[type-var]


command(LEARN, tour.tour, "echospan tour")
command(LEARN, listing.list_names, "echospan list models", "list")
command(LEARN, show.show, "echospan show mistake")
command(LEARN, run.run, "echospan run window --seed 3 --set framing.window=8")
command(LEARN, code.code, "echospan code window -o window.py")
command(LEARN, data.data, "echospan data rides.csv --column stops")
command(LEARN, ask.predict, "echospan predict latest:stream 34 12 99 7 56")
command(LEARN, ask.forecast, "echospan forecast latest:stream --steps 20")
command(LEARN, ask.stream, "printf '34\\n12\\n99\\n' | echospan stream latest:stream")
command(LEARN, serve.serve, "echospan serve latest:stream")
command(MEASURE, span.span, "echospan span lstm --units 64 --symbols 10")
command(MEASURE, span.compare, "echospan compare lstm gru simple-rnn --params 10k")
command(MEASURE, sweep.sweep, "echospan sweep epochs.toml --dry-run")
command(DIAGNOSE, diagnose.diagnose, "echospan diagnose train.py:arguments -o found.html")
command(DIAGNOSE, needs.needs, "echospan needs rides.csv --column riders --horizon 24")
command(DIAGNOSE, uses.uses, "echospan uses train.py:arguments")
command(DIAGNOSE, check.check, "echospan check train.py:arguments")
command(DIAGNOSE, conform.conform, "echospan conform model.py:lstm --features 8")
command(DIAGNOSE, check.explain, "echospan explain state-row-mismatch")
command(DIAGNOSE, environment.doctor_env, "echospan doctor-env --json", "doctor-env")
command(KEEP, export.export, "echospan export latest:stream --to onnx")
command(KEEP, runs.report, "echospan report latest:window latest:stream -o report.html")
app.add_typer(runs.app, name="runs", rich_help_panel=KEEP)

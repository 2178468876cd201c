"""The application and its commands, one module each. Commands import what they need when run."""

from __future__ import annotations

from typing import Annotated

import typer

from echospan.cli import (
    ask,
    check,
    code,
    data,
    environment,
    listing,
    run,
    runs,
    show,
    span,
    tour,
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


def command(function: object, example: str, name: str | None = None) -> None:
    """Add a command, with an example below its help."""
    app.command(name, cls=Command, epilog=f"Example: {example}")(function)  # type: ignore[type-var]


command(tour.tour, "echospan tour")
command(listing.list_names, "echospan list models", "list")
command(span.span, "echospan span lstm --units 64 --symbols 10")
command(span.compare, "echospan compare lstm gru simple-rnn --params 10k")
command(run.run, "echospan run window --seed 3 --set framing.window=8")
command(show.show, "echospan show mistake")
command(code.code, "echospan code window -o window.py")
command(ask.predict, "echospan predict latest:stream 34 12 99 7 56")
command(ask.forecast, "echospan forecast latest:stream --steps 20")
command(ask.stream, "printf '34\\n12\\n99\\n' | echospan stream latest:stream")
command(data.data, "echospan data rides.csv --column stops")
command(check.check, "echospan check train.py:arguments")
command(check.explain, "echospan explain state-row-mismatch")
command(runs.report, "echospan report latest:window latest:stream -o report.html")
command(environment.doctor_env, "echospan doctor-env --json", "doctor-env")
app.add_typer(runs.app, name="runs")

"""Options that several commands share."""

from __future__ import annotations

import sys
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from echospan.cli import complete
from echospan.errors import ConfigError

if TYPE_CHECKING:
    from echospan.store import Store

StoreOption = Annotated[
    Path | None,
    typer.Option(
        "--store", help="Folder of stored runs (default: ECHOSPAN_STORE or ./echospan-runs)."
    ),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON object and nothing else.")]
SetOption = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="FIELD=VALUE", help="Change any setting; repeatable."),
]
LagOption = Annotated[int | None, typer.Option(help="task.lag")]
SymbolsOption = Annotated[int | None, typer.Option(help="task.symbols")]
LengthOption = Annotated[int | None, typer.Option(help="task.length")]
WindowOption = Annotated[int | None, typer.Option(help="framing.window")]
UnitsOption = Annotated[int | None, typer.Option(help="model.units")]
EpochsOption = Annotated[int | None, typer.Option(help="training.epochs")]
BatchOption = Annotated[int | None, typer.Option("--batch-size", help="training.batch_size")]
RateOption = Annotated[float | None, typer.Option("--learning-rate", help="training.learning_rate")]
SeedOption = Annotated[int | None, typer.Option(help="seed")]
DataOption = Annotated[Path | None, typer.Option("--data", help="task.data: a CSV file.")]
ColumnOption = Annotated[str | None, typer.Option(help="task.column: the column of that file.")]
MissingOption = Annotated[
    str | None, typer.Option(help="task.missing: 'mask' blank cells or 'refuse' the file.")
]
KindOption = Annotated[
    str | None, typer.Option("--kind", help="task.values: 'auto', 'integers' or 'categories'.")
]
BinsOption = Annotated[
    int | None,
    typer.Option(
        "--bins",
        help="task.bins: sort the column's numbers into so many ranges (default: 10 for "
        "real numbers).",
    ),
]
MirrorOption = Annotated[
    list[str] | None,
    typer.Option(
        "--mirror",
        metavar="NAME",
        help="Copy progress to wandb, trackio, mlflow or tensorboard; repeatable.",
    ),
]
TrustOption = Annotated[
    bool,
    typer.Option(
        "--trust", help="Import code that a file or a stored run names as package.module:Class."
    ),
]
YesOption = Annotated[
    bool,
    typer.Option("--yes", help="Go on where the estimated memory, time or size is above a limit."),
]
RunArgument = Annotated[
    str,
    typer.Argument(
        metavar="RUN",
        help="A run id or its beginning, latest, or latest:RECIPE.",
        autocompletion=complete.runs,
    ),
]
ForceOption = Annotated[
    bool,
    typer.Option(
        "--force",
        help="framing.force: allow a window that does not contain the needed value. With --resume: "
        "take over a run that seems to be running; if its process still works, that ends.",
    ),
]


def settings_from(assignments: list[str] | None, named: Mapping[str, Any]) -> dict[str, Any]:
    """Dotted settings from `--set` and the short options, which win.

    Raises:
        ConfigError: An assignment without a field or a value.
    """
    settings: dict[str, Any] = {}
    for assignment in assignments or []:
        field, sign, text = assignment.partition("=")
        if not sign or not field.strip():
            raise ConfigError("--set", "written FIELD=VALUE, such as framing.window=8", assignment)
        settings[field.strip()] = _value(text.strip())
    settings.update({field: value for field, value in named.items() if value is not None})
    if any(field.endswith(".kind") and ":" in str(value) for field, value in settings.items()):
        find_beside()
    return settings


def _value(text: str) -> Any:
    """A TOML value where it is one, else the text itself."""
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except (ValueError, RecursionError):
        return text


def find_beside() -> None:
    """Let modules beside the user be imported, as with `python -m`."""
    if "" not in sys.path:
        sys.path.insert(0, "")


def open_store(path: Path | None, *, create: bool = True) -> Store:
    """The store that the options and the environment name."""
    from echospan.store import Store

    return Store(path, create=create)


def require_mirrors(names: list[str] | None) -> None:
    """Refuse names of mirrors that there aren't, before anything starts.

    Raises:
        ConfigError: There is one.
    """
    from echospan.errors import unknown
    from echospan.mirrors import LIBRARIES

    for name in names or ():
        if name not in LIBRARIES:
            raise unknown("--mirror", LIBRARIES, name)

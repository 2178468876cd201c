"""The options of both `span` and `compare`, and how they show results."""

from __future__ import annotations

import functools
import inspect
import os
from collections.abc import Callable
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, get_type_hints

import typer

from echospan.cli import complete
from echospan.cli.options import (
    JsonOption,
    SetOption,
    StoreOption,
    YesOption,
    settings_from,
)
from echospan.errors import ConfigError

if TYPE_CHECKING:
    pass


NO_SETTINGS = ("set_", "output", "width", "json", "name", "resume", "force", "store")
"""Options that are no arguments of `echospan.span` as they are typed."""


@dataclass(frozen=True)
class SheetOptions:
    """As typed. Each field is an option of both commands, in this order."""

    units: Annotated[int | None, typer.Option(help="Width of a built-in model.")] = None
    params: Annotated[
        str | None,
        typer.Option(
            metavar="10k", help="Number of parameters of a built-in model, instead of --units."
        ),
    ] = None
    protocol: Annotated[
        str,
        typer.Option(
            help="The rules: {protocols}, or a .toml file. They count updates, so the machine "
            "does not matter. Options that differ from them are listed in the sheet.",
            autocompletion=complete.protocols,
        ),
    ] = "standard-1"
    task: Annotated[
        str | None,
        typer.Option(
            help="The task: {tasks}, or package.module:Class (default: echo). Its difficulty takes "
            "the place of the lag.",
            autocompletion=complete.tasks,
        ),
    ] = None
    symbols: Annotated[
        int | None,
        typer.Option(
            help="Number of distinct symbols (default: 10 for echo, else set by the task)."
        ),
    ] = None
    lags: Annotated[
        str | None,
        typer.Option(metavar="1,2,5", help="Lags to test; by default, chosen automatically."),
    ] = None
    largest: Annotated[
        int | None,
        typer.Option(help="Largest lag to test automatically (default: the protocol's)."),
    ] = None
    budget: Annotated[
        str | None,
        typer.Option(
            metavar="60s",
            help="A cap for each model, in seconds (60s, 5min) or weight updates (20k updates); "
            "what it cuts off is undecided (default: none).",
        ),
    ] = None
    seeds: Annotated[
        int | None, typer.Option(help="Number of seeds per lag (default: the protocol's).")
    ] = None
    seed: Annotated[int | None, typer.Option(help="The first seed (default: 0).")] = None
    updates: Annotated[
        int | None,
        typer.Option(
            help="Maximum updates per training (default: the protocol's, more where the loss still "
            "falls)."
        ),
    ] = None
    threshold: Annotated[
        float | None,
        typer.Option(
            help="A lag is solved if the interval of the median seed is above this accuracy "
            "(default: 0.95)."
        ),
    ] = None
    confidence: Annotated[
        float | None, typer.Option(help="Confidence level of all intervals (default: 0.95).")
    ] = None
    set_: SetOption = None
    name: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME",
            help="What tables and legends call the model (for compare repeatable, in order, or "
            "NAME=MODEL); by default its own name.",
        ),
    ] = None
    resume: Annotated[
        str | None,
        typer.Option(
            metavar="ID",
            help="Go on with a stored one that was stopped, killed or ended by --budget: an id, "
            "its beginning, or latest. It keeps its settings; --budget may be another, or none.",
            autocompletion=complete.sheets,
        ),
    ] = None
    force: Annotated[
        bool,
        typer.Option(
            "--force",
            help="With --resume: take over one that seems to be running; if its process still "
            "works, that ends.",
        ),
    ] = False
    store: StoreOption = None
    trust: Annotated[
        bool,
        typer.Option(
            "--trust", help="Load a .keras file even if it could run code or use much memory."
        ),
    ] = False
    yes: YesOption = False
    output: Annotated[
        list[Path] | None,
        typer.Option(
            "-o",
            "--output",
            help="Write the result: .html, .png, .svg, .pdf, .json, .csv, .parquet, .md or .tex; "
            "repeatable.",
        ),
    ] = None
    width: Annotated[
        float | None,
        typer.Option(
            min=2, max=20, help="Inches across a figure (default 7.2); 3.5 fits a paper's column."
        ),
    ] = None
    json: JsonOption = False

    def settings(self) -> dict[str, Any]:
        """As `echospan.span` takes them.

        Raises:
            ConfigError: One cannot be read.
        """
        task, model = split_settings(self.task, self.set_)
        typed = {
            field.name: getattr(self, field.name)
            for field in fields(self)
            if field.name not in NO_SETTINGS
        }
        return {
            **typed,
            "task": task,
            "settings": model or None,
            "params": parse_params(self.params),
            "lags": parse_lags(self.lags),
        }


def with_sheet_options(**defaults: Any) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Turn the fields of a command's `options: SheetOptions` into options of their own.

    Args:
        **defaults: Those that differ from the fields' own.
    """

    def wrap(command: Callable[..., None]) -> Callable[..., None]:
        @functools.wraps(command)
        def run(**given: Any) -> None:
            typed = {field.name: given.pop(field.name) for field in fields(SheetOptions)}
            command(**given, options=SheetOptions(**typed))

        # typer reads a signature, so this one lists what is taken apart above.
        own = get_type_hints(command, include_extras=True)
        shared = get_type_hints(SheetOptions, include_extras=True)
        mine = inspect.signature(command).parameters.values()
        run.__signature__ = inspect.Signature(  # type: ignore[attr-defined]
            [p.replace(annotation=own[p.name]) for p in mine if p.name != "options"]
            + [
                inspect.Parameter(
                    field.name,
                    inspect.Parameter.KEYWORD_ONLY,
                    default=defaults.get(field.name, field.default),
                    annotation=shared[field.name],
                )
                for field in fields(SheetOptions)
            ]
        )
        run.__annotations__ = {**own, **shared}
        del run.__annotations__["options"]
        return run

    return wrap


def split_settings(
    task: str | None, assignments: list[str] | None
) -> tuple[dict[str, Any] | None, dict[str, Any]]:
    """The task with those settings of `--set` that begin with "task."; and the model's.

    Without any of them, the task is None: the protocol's.
    """
    of_task: dict[str, Any] = {} if task is None else {"kind": task}
    of_model: dict[str, Any] = {}
    for name, value in settings_from(assignments, {}).items():
        if name.startswith("task."):
            of_task[name.removeprefix("task.")] = value
        else:
            of_model[name.removeprefix("model.")] = value
    return of_task or None, of_model


def check_outputs(places: list[Path]) -> None:
    """Refuse a file that cannot be written before anything is measured, not minutes later.

    Raises:
        ConfigError: Another suffix, or a place that is no place for a file.
    """
    from echospan.report.display import checked_suffix
    from echospan.report.files import check_output

    for place in places:
        checked_suffix(place, "--output")
        above = next(folder for folder in place.absolute().parents if folder.exists())
        folder = place.is_dir() and not place.is_symlink()
        if folder or not above.is_dir() or not os.access(above, os.W_OK):
            raise ConfigError("--output", "a file in a folder that can be written to", str(place))
        check_output(place, "--output")


def parse_lags(text: str | None) -> list[int] | None:
    """``1,2,5`` as numbers.

    Raises:
        ConfigError: Something else.
    """
    if text is None:
        return None
    try:
        return [int(part) for part in text.split(",")]
    except ValueError:
        raise ConfigError("--lags", "whole numbers with commas between: 1,2,5,10", text) from None


def parse_params(text: str | None) -> int | None:
    """``10k`` as a number.

    Raises:
        ConfigError: Something else.
    """
    if text is None:
        return None
    plain = text.strip().lower().replace("_", "")
    factor = {"k": 1e3, "m": 1e6}.get(plain[-1:], 1.0)
    try:
        number = float(plain.rstrip("km")) * factor
    except ValueError:
        number = 0.0
    if not 1 <= number <= 1e9:
        raise ConfigError("--params", "a number of parameters, such as 10k or 2500", text)
    return int(number)

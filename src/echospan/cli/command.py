"""What every command does alike: names settings as they are typed, and lists names in its help."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import typer
from typer.core import TyperCommand, TyperOption

from echospan.cli.ending import Ended
from echospan.cli.printing import reporting
from echospan.errors import ConfigError
from echospan.extras import missing_of
from echospan.foreign import visible
from echospan.limits import given_consent

FIELDS = {
    "lag": "task.lag",
    "symbols": "task.symbols",
    "length": "task.length",
    "data": "task.data",
    "column": "task.column",
    "missing": "task.missing",
    "kind": "task.values",
    "bins": "task.bins",
    "window": "framing.window",
    "force": "framing.force",
    "units": "model.units",
    "epochs": "training.epochs",
    "batch_size": "training.batch_size",
    "learning_rate": "training.learning_rate",
    "seed": "seed",
}
"""The setting of an experiment that an option of that parameter's name stands for."""

PARTS = ("task", "framing", "model", "training", "evaluation")
"""The parts of an experiment, whose settings `--set` takes."""

FORCE = "--force"

ARGUMENTS = {"name": "what"}
"""What a parameter is called in Python, where that is not its own name."""


class Leave(typer.Exit):
    """A command's own way to end with an exit code, once its report is printed."""


class Command(TyperCommand):
    """A command whose errors name its own options, and whose help lists names from the tables."""

    def invoke(self, ctx: Any) -> Any:
        """Run it; an error about a setting names the option that stands for it here.

        What an extra would bring, and is missing, is one sentence with the line to type.

        Raises:
            Ended: Anything but its own way to end did so: `SystemExit` of the user's code, too.
        """
        try:
            with reporting(), given_consent(bool(ctx.params.get("yes"))):
                return super().invoke(ctx)
        except Leave:
            raise
        except ConfigError as error:
            raise Ended(as_typed(error, ctx)) from error
        except ModuleNotFoundError as error:
            raise Ended(missing_of(error, "This command") or error) from error
        except BaseException as error:
            raise Ended(error) from error

    def make_context(self, *arguments: Any, **named: Any) -> Any:
        """Parse; what was typed stands in an error without what a terminal would obey."""
        try:
            return super().make_context(*arguments, **named)
        except Exception as error:
            if isinstance(message := getattr(error, "message", None), str):
                plainly = message.removeprefix("Value error, ")
                error.message = visible(plainly, lines=True)  # type: ignore[attr-defined]
            raise

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """Write the help, with the names that there are in place of ``{tasks}`` and the like."""
        for parameter in self.params:
            text = getattr(parameter, "help", None)
            if text and "{" in text:
                parameter.help = re.sub(r"\{(\w+)\}", _listed, text)  # type: ignore[attr-defined]
        super().format_help(ctx, formatter)


def as_typed(error: ConfigError, ctx: typer.Context) -> ConfigError:
    """The error, with the name of the option or argument of this command that it is about.

    A setting that was given with ``--set``, in a TOML file or by a function keeps the name that
    stands there.
    """
    assigned = [text.partition("=")[0].strip() for text in ctx.params.get("set_") or ()]
    in_file = str(ctx.params.get("name") or "").endswith(".toml") and error.given is not None
    in_file = in_file or ":" in str(ctx.params.get("what") or "")
    field = error.field
    for parameter in ctx.command.params:
        name = parameter.name or ""
        typed = ctx.params.get(name) not in (None, False)
        if error.field in assigned or (in_file and not typed):
            continue
        if error.field in (name, FIELDS.get(name), ARGUMENTS.get(name)):
            field = typed_name(parameter)
            break
    allowed, hint = (_with_options(text, ctx) for text in (error.allowed, error.hint))
    if "set_" in ctx.params and _is_setting(field) and field not in assigned and not in_file:
        hint = f"{hint} On the command line: --set {field}=VALUE.".strip()
    return ConfigError(field, allowed, error.given, hint)


def _is_setting(field: str) -> bool:
    return field.partition(".")[0] in PARTS and "." in field


def _with_options(text: str, ctx: typer.Context) -> str:
    """The text with the options of this command in place of the settings that they stand for."""
    for parameter in ctx.command.params:
        if setting := FIELDS.get(parameter.name or ""):
            option = typed_name(parameter)
            # Not where more follows: a value that is to be typed after --set, or another setting.
            text = re.sub(rf"(?<![\w.]){re.escape(setting)}(?![\w=]|\.\w)", option, text)
    return text.replace(f"{FORCE} ({FORCE})", FORCE)


def typed_settings(ctx: typer.Context) -> dict[str, Any]:
    """The settings that this command's options were given for; those left out are left out."""
    return {
        FIELDS[name]: str(value) if isinstance(value, Path) else value
        for name, value in ctx.params.items()
        if name in FIELDS and value is not None and value is not False
    }


def typed_name(parameter: Any) -> str:
    """``--batch-size`` of an option, ``MODEL`` of an argument."""
    if isinstance(parameter, TyperOption):
        return max(parameter.opts, key=len)
    return (parameter.metavar or parameter.name or "").strip("[].").upper()


def _listed(match: re.Match[str]) -> str:
    from rich.markup import escape

    names = NAMES[match[1]]() if match[1] in NAMES else None
    if not names:
        return match[0]
    # Names of other packages may hold what Rich takes for its markup.
    names = [escape(visible(name)) for name in names]
    return ", ".join(names[:-1]) + f" or {names[-1]}" if len(names) > 1 else names[0]


def _tasks() -> list[str]:
    from echospan.memory_tasks import task_names

    return task_names()


def _models() -> list[str]:
    from echospan.models import MODELS

    return MODELS.names()


def _recipes() -> list[str]:
    from echospan.recipe import Shelf

    return list(Shelf.ORDER)


def _codes() -> list[str]:
    from echospan.doctor.catalogue import catalogue

    return list(catalogue())


def _protocols() -> list[str]:
    from echospan.spans.protocol import STANDARD

    return list(STANDARD)


NAMES: dict[str, Callable[[], list[str]]] = {
    "tasks": _tasks,
    "models": _models,
    "recipes": _recipes,
    "codes": _codes,
    "protocols": _protocols,
}
"""Lists that stand in help texts and complete what is typed."""

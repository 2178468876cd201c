"""Command lines with hostile numbers: every numeric option of every command, every setting."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import typer.main

from echospan.cli.app import app

NUMBERS = ("-1", "0", "2147483648", "1000000000000", str(10**30), "nan", "inf", "1e308", "-0.5")

TINY = (
    *("--symbols", "4", "--length", "6", "--units", "4", "--epochs", "2", "--batch-size", "1"),
    *("--no-variants",),
)
SPAN = ("--symbols", "4", "--lags", "1", "--seeds", "1", "--budget", "100 updates")

BASES: dict[str, tuple[str, ...]] = {
    "run": ("run", "stream", *TINY),
    "show": ("show", "stream", "--length", "6"),
    "code": ("code", "stream", "--length", "6"),
    "span": ("span", "last-value", *SPAN),
    "compare": ("compare", "last-value", "chance", *SPAN),
    "check": ("check", "train.py:arguments"),
    "conform": ("conform", "lstm"),
    "needs": ("needs", "rides.csv", "--column", "stops"),
    "sweep": ("sweep", "sweep.toml", "--dry-run"),
    "uses": ("uses", "train.py:arguments"),
    "diagnose": ("diagnose", "train.py:arguments"),
    "forecast": ("forecast", "latest:stream"),
    "lab": ("lab", "--no-browser"),
    "serve": ("serve", "no-such-run"),
    "data": ("data", "rides.csv", "--column", "stops"),
    "runs list": ("runs", "list"),
}
"""A sound command line each; the option with the hostile number comes last and wins."""


def options(numbers: Sequence[str] = NUMBERS) -> Iterator[list[str]]:
    """Each numeric option of each command with each number."""
    for path, command in _commands(typer.main.get_command(app), ()):
        base = BASES.get(" ".join(path))
        for parameter in command.params:
            kind = parameter.type_descriptor.annotation
            if kind not in (int, float):
                continue
            name = max(parameter.opts, key=len)
            # Any seed is sound, and trains: those of `run` are tried.
            if path == ("tour",):
                continue
            assert base is not None, f"add a sound command line for {path}"
            for number in numbers:
                yield [*_without(base, name), name, number]


def texts() -> Iterator[list[str]]:
    """Options that hold numbers as text."""
    for number in NUMBERS:
        yield [*_without(BASES["span"], "--lags"), "--lags", number]
        yield [*_without(BASES["span"], "--budget"), "--budget", number]
        yield [*_without(BASES["span"], "--budget"), "--budget", f"{number} updates"]
        yield ["span", "lstm", *SPAN, "--params", number]


def settings() -> Iterator[list[str]]:
    """Each numeric setting of each task, framing and model, and of training and evaluation."""
    from echospan.experiment import Evaluation, Training
    from echospan.framings import FRAMINGS
    from echospan.models import MODELS
    from echospan.tasks import TASKS

    sections: list[tuple[str, str, Any]] = [
        ("training", "", Training),
        ("evaluation", "", Evaluation),
        *(("task", name, TASKS[name]) for name in TASKS if name != "series"),
        *(("framing", name, FRAMINGS[name]) for name in FRAMINGS),
        *(("model", name, MODELS[name]) for name in MODELS),
    ]
    for section, kind, spec in sections:
        for field, info in spec.model_fields.items():
            if info.annotation not in (int, float, int | None, float | None):
                continue
            for number in ("-1", "100000", "1000000", "1000000000000", str(10**30), "1e308", "nan"):
                yield [
                    *("run", "stream", "--no-variants", "--epochs", "1"),
                    *(("--set", f"{section}.kind={kind}") if kind else ()),
                    *("--set", f"{section}.{field}={number}"),
                ]


def _commands(command: Any, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Any]]:
    if hasattr(command, "commands"):
        for name, inner in command.commands.items():
            yield from _commands(inner, (*path, name))
    else:
        yield path, command


def _without(base: tuple[str, ...], option: str) -> list[str]:
    """The line without an option that it has already."""
    if option not in base:
        return list(base)
    at = base.index(option)
    return [*base[:at], *base[at + 2 :]]

"""`conform`: whether a model carries its state correctly."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from echospan.cli import complete
from echospan.cli.command import Leave
from echospan.cli.measuring import Keeping, measured
from echospan.cli.options import JsonOption, StoreOption, find_beside
from echospan.cli.printing import print_json, print_text, say
from echospan.cli.sheet_options import check_outputs
from echospan.errors import ConfigError

if TYPE_CHECKING:
    from echospan.report.objects import ConformReport

FAULT, UNSURE = 1, 2
"""Exit codes of a complete report."""


def conform(
    model: Annotated[
        str | None,
        typer.Argument(
            metavar="MODEL",
            help="FILE.py:name or package.module:name of a model, or of a function that makes one; "
            "a .keras file; hf:Class, such as hf:MambaForCausalLM; or a built-in model name (see "
            "echospan list models).",
            autocompletion=complete.models,
        ),
    ] = None,
    features: Annotated[
        int | None,
        typer.Option(min=1, help="Numbers in one step of the input, if they can't be inferred."),
    ] = None,
    symbols: Annotated[
        int | None,
        typer.Option(min=2, help="Size of the vocabulary, for a model that takes integers."),
    ] = None,
    checks: Annotated[
        list[str] | None,
        typer.Option(metavar="CHECK", help="Only this check; repeatable, or with commas between."),
    ] = None,
    allow: Annotated[
        list[str] | None,
        typer.Option(
            metavar="CHECK",
            help="Report a fault of this check as not promised; repeatable, or with commas "
            "between.",
        ),
    ] = None,
    strict: Annotated[
        bool,
        typer.Option(
            "--strict",
            help="Count what the library does not promise as a fault; exit code 2 if a check "
            "cannot tell.",
        ),
    ] = False,
    weights: Annotated[
        Literal["enlarged", "own"],
        typer.Option(
            help="enlarged: large enough that a lost state shows; own: those that the model has."
        ),
    ] = "enlarged",
    script: Annotated[
        bool,
        typer.Option(
            "--script",
            help="Print a stand-alone script of the first fault instead of the report. With "
            "--checks, that of another.",
        ),
    ] = False,
    listed: Annotated[
        bool, typer.Option("--list", help="List the checks, each in a sentence.")
    ] = False,
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
    """Check that a model carries its state correctly: step by step, in chunks, padded, saved.

    A sequence must give the same outputs however it is cut.

    Exit code 0: no fault found; 1: fault; 2: bad input, or with --strict a check that cannot tell.
    """
    if listed:
        _list(json=json)
        return
    if model is None:
        raise ConfigError("MODEL", "given, or else --list", None)
    if script and json:
        raise ConfigError("--script", "left out with --json, whose checks hold scripts", "--json")
    check_outputs(output or [])
    find_beside()
    settings: dict[str, Any] = {
        "features": features, "symbols": symbols, "checks": _names(checks),
        "allow": _names(allow) or (), "strict": strict, "weights": weights, "trust": trust,
    }  # fmt: skip
    keeping = Keeping("conform", model, settings, store)
    _checked(model, settings, output or [], keeping, script=script, json=json)


def _checked(
    model: str,
    settings: dict[str, Any],
    output: list[Path],
    keeping: Keeping,
    *,
    script: bool,
    json: bool,
) -> None:
    """Check, show, and end with the exit code of what was found.

    Raises:
        Leave: A fault, or under `strict` an open question.
        Halted: The user ended it; by then what was found is shown.
    """
    import echospan

    report = measured(
        lambda bar, stop: echospan.conform(model, **settings, observer=bar, stop=stop),
        output, json=json, keeping=keeping, show=_print_script if script else None,
    )  # fmt: skip
    if report.verdict == "fault":
        raise Leave(FAULT)
    if report.verdict == "cannot_tell" and report.strict:
        raise Leave(UNSURE)


def _names(given: list[str] | None) -> tuple[str, ...] | None:
    """Names of checks, each option one or several with commas between."""
    if given is None:
        return None
    return tuple(name.strip() for text in given for name in text.split(","))


def _print_script(report: ConformReport) -> None:
    text = report.script()
    if text:
        print_text(text.rstrip("\n"))
    elif report.faults:
        names = ", ".join(check.name for check in report.faults)
        say(
            f"Fault: {names}. No script can be written that runs {report.model} without echospan: "
            "it is not known how it is made or run."
        )
    else:
        say("No fault found, so there is no script.")


def _list(*, json: bool) -> None:
    from echospan.conformance.checks.table import TITLES

    if json:
        rows = [{"name": name, "title": title} for name, title in TITLES.items()]
        print_json({"checks": rows})
        return
    widest = max(len(name) for name in TITLES)
    for name, title in TITLES.items():
        print_text(f"{name:<{widest}}  {title}.")

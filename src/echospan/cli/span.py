"""`span`: how far back can this model remember?"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from echospan.cli.options import JsonOption, SetOption, out, print_json, settings_from
from echospan.errors import ConfigError

if TYPE_CHECKING:
    from echospan.memory.sheet import Sheet

UnitsOption = Annotated[int | None, typer.Option(help="Width of a zoo model.")]
ParamsOption = Annotated[
    str | None, typer.Option(metavar="10k", help="Parameters of a zoo model, in place of --units.")
]
TaskOption = Annotated[
    str,
    typer.Option(
        help="What is asked: echo, copy, selective-copy, temporal-order, noise-free-lag, recall, "
        "cued-echo, continuous-echo or adding; its distance takes the lag's place."
    ),
]
SymbolsOption = Annotated[
    int | None,
    typer.Option(help="Number of distinct symbols; 10 for echo, else as the task has it."),
]
LagsOption = Annotated[
    str | None, typer.Option(metavar="1,2,5", help="Lags to try; left out, the ladder chooses.")
]
LargestOption = Annotated[
    int | None, typer.Option(help="Lag after which the ladder stops growing; 1000 for echo.")
]
BudgetOption = Annotated[
    str, typer.Option(help="Seconds (120s, 5min) or weight updates (20k updates) in all.")
]
SeedsOption = Annotated[int, typer.Option(help="Seeds that each lag is trained with.")]
SeedOption = Annotated[int, typer.Option(help="The first of them.")]
TrialOption = Annotated[
    int | None,
    typer.Option(
        "--updates",
        help="The most updates of one trial; left out, 4000, and more while time lasts.",
    ),
]
ThresholdOption = Annotated[
    float,
    typer.Option(help="A lag is solved when the median seed's interval lies above this share."),
]
ConfidenceOption = Annotated[float, typer.Option(help="Confidence of all intervals.")]
TrustOption = Annotated[
    bool, typer.Option("--trust", help="Build a .keras file whatever is in it.")
]
OutputOption = Annotated[
    list[Path] | None,
    typer.Option("-o", "--output", help="Write the sheet: .html, .png, .svg or .json; repeatable."),
]


def span(
    model: Annotated[
        str,
        typer.Argument(
            metavar="MODEL",
            help="A name of the zoo, FILE.py:function, package.module:function or a .keras file.",
        ),
    ],
    units: UnitsOption = None,
    params: ParamsOption = None,
    task: TaskOption = "echo",
    symbols: SymbolsOption = None,
    lags: LagsOption = None,
    largest: LargestOption = None,
    budget: BudgetOption = "120s",
    seeds: SeedsOption = 3,
    seed: SeedOption = 0,
    updates: TrialOption = None,
    threshold: ThresholdOption = 0.95,
    confidence: ConfidenceOption = 0.95,
    set_: SetOption = None,
    trust: TrustOption = False,
    output: OutputOption = None,
    json: JsonOption = False,
) -> None:
    """Measure how far back a model remembers, and what limits it."""
    asked, settings = split_settings(task, set_)
    places = output or []
    check_outputs(places)
    sheet = _measure(
        model,
        units=units,
        params=parse_params(params),
        task=asked,
        symbols=symbols,
        lags=parse_lags(lags),
        largest=largest,
        budget=budget,
        seeds=seeds,
        seed=seed,
        updates=updates,
        threshold=threshold,
        confidence=confidence,
        settings=settings,
        trust=trust,
    ).to_dict()
    from echospan.report.sheet import write_sheet

    for place in places:
        write_sheet(sheet, place)
    if json:
        print_json(sheet)
        return
    from echospan.report.terminal.sheet import sheet_table

    sheet_table(sheet, out())
    for place in places:
        out().print(str(place), highlight=False, soft_wrap=True)


def _measure(model: str, **settings: Any) -> Sheet:
    from echospan.cli.progress import Bar
    from echospan.memory.api import span as measure
    from echospan.observer import Stop

    # A module beside the user is found, as with `python -m`.
    if "" not in sys.path:
        sys.path.insert(0, "")
    stop = Stop()
    with Bar() as bar, stop.on_interrupt():
        return measure(model, observer=bar, stop=stop, **settings)


def split_settings(
    task: str, assignments: list[str] | None
) -> tuple[dict[str, Any], dict[str, Any]]:
    """The task with those settings of `--set` that begin with "task."; and the model's."""
    asked: dict[str, Any] = {"kind": task}
    model: dict[str, Any] = {}
    for name, value in settings_from(assignments, {}).items():
        if name.startswith("task."):
            asked[name.removeprefix("task.")] = value
        else:
            model[name.removeprefix("model.")] = value
    return asked, model


def check_outputs(places: list[Path]) -> None:
    """Refuse a kind of file that cannot be written, before anything is measured.

    Raises:
        ConfigError: Another suffix.
    """
    for place in places:
        if place.suffix.lower() not in (".html", ".png", ".svg", ".json"):
            raise ConfigError("--output", "a file ending in .html, .png, .svg or .json", str(place))


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
        found = float(plain.rstrip("km")) * factor
    except ValueError:
        found = 0.0
    if not 1 <= found <= 1e9:
        raise ConfigError("--params", "a number of parameters, such as 10k or 2500", text)
    return int(found)

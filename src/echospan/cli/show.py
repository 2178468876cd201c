"""`show`: the samples that a framing makes."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from echospan.cli import complete
from echospan.cli.command import typed_settings
from echospan.cli.options import (
    BinsOption,
    ColumnOption,
    DataOption,
    ForceOption,
    JsonOption,
    KindOption,
    LagOption,
    LengthOption,
    SeedOption,
    SetOption,
    SymbolsOption,
    TrustOption,
    WindowOption,
    YesOption,
    find_beside,
    settings_from,
)
from echospan.cli.printing import out, print_json


def show(
    ctx: typer.Context,
    name: Annotated[
        str,
        typer.Argument(help="A recipe's name, or a .toml file.", autocompletion=complete.recipes),
    ],
    set_: SetOption = None,
    lag: LagOption = None,
    symbols: SymbolsOption = None,
    length: LengthOption = None,
    window: WindowOption = None,
    seed: SeedOption = None,
    data: DataOption = None,
    column: ColumnOption = None,
    kind: KindOption = None,
    bins: BinsOption = None,
    force: ForceOption = False,
    trust: TrustOption = False,
    yes: YesOption = False,
    json: JsonOption = False,
) -> None:
    """Show the decoded inputs and targets of one sequence, row by row."""
    from echospan.recipe import find
    from echospan.runner.explain import sanity_rows

    if trust:
        find_beside()
    recipe = find(name, trust=trust)
    settings = settings_from(set_, typed_settings(ctx))
    experiment = recipe.settle(settings)
    sequence, rows, sentences = sanity_rows(experiment)
    if json:
        keys = ("row", "batch", "x", "y")
        print_json(
            {
                "recipe": recipe.name,
                "sequence": sequence,
                "rows": [dict(zip(keys, row, strict=True)) for row in rows],
                "explanation": sentences,
            }
        )
        return
    from echospan.report.terminal import rows_table

    console = out()
    console.print("sequence:", *(_symbol(value) for value in sequence), highlight=False)
    rows_table(rows, console, lag=experiment.task.reach)
    for sentence in sentences:
        console.print(f"- {sentence}", highlight=False)


def _symbol(value: Any) -> str:
    return "." if value is None else str(value)

"""`compare`: memory spec sheets side by side."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from echospan.cli.options import JsonOption, SetOption, out, print_json
from echospan.cli.span import (
    BudgetOption,
    ConfidenceOption,
    LagsOption,
    LargestOption,
    OutputOption,
    ParamsOption,
    SeedOption,
    SeedsOption,
    SymbolsOption,
    TaskOption,
    ThresholdOption,
    TrialOption,
    TrustOption,
    UnitsOption,
    check_outputs,
    parse_lags,
    parse_params,
    split_settings,
)


def compare(
    models: Annotated[
        list[str], typer.Argument(metavar="MODEL...", help="As `echospan span` takes them.")
    ],
    units: UnitsOption = None,
    params: ParamsOption = None,
    task: TaskOption = "echo",
    symbols: SymbolsOption = None,
    lags: LagsOption = None,
    largest: LargestOption = None,
    budget: BudgetOption = "100s",
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
    """Measure several models alike; the budget is for each of them."""
    from echospan.cli.progress import Bar
    from echospan.memory.compare import compare as measure
    from echospan.observer import Stop

    asked, settings = split_settings(task, set_)
    places = output or []
    check_outputs(places)
    # A module beside the user is found, as with `python -m`.
    if "" not in sys.path:
        sys.path.insert(0, "")
    stop = Stop()
    with Bar() as bar, stop.on_interrupt():
        found = measure(
            models,
            observer=bar,
            stop=stop,
            budget=budget,
            units=units,
            params=parse_params(params),
            task=asked,
            symbols=symbols,
            lags=parse_lags(lags),
            largest=largest,
            seeds=seeds,
            seed=seed,
            updates=updates,
            threshold=threshold,
            confidence=confidence,
            settings=settings,
            trust=trust,
        ).to_dict()
    from echospan.report.sheet import write_comparison

    for place in places:
        write_comparison(found, place)
    if json:
        print_json(found)
        return
    from echospan.report.terminal.sheets import sheets_table

    sheets_table(found, out())
    for place in places:
        out().print(str(place), highlight=False, soft_wrap=True)

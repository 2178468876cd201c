"""`run`: train an experiment by name or from a file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from echospan.cli import complete
from echospan.cli.command import Leave, typed_settings
from echospan.cli.options import (
    BatchOption,
    BinsOption,
    ColumnOption,
    DataOption,
    EpochsOption,
    ForceOption,
    JsonOption,
    KindOption,
    LagOption,
    LengthOption,
    MirrorOption,
    MissingOption,
    RateOption,
    SeedOption,
    SetOption,
    StoreOption,
    SymbolsOption,
    TrustOption,
    UnitsOption,
    WindowOption,
    YesOption,
    find_beside,
    open_store,
    require_mirrors,
    settings_from,
)
from echospan.cli.printing import out, print_json
from echospan.errors import ConfigError, DataError
from echospan.observer import Stopped

if TYPE_CHECKING:
    from rich.console import Console

    from echospan.recipe import Recipe
    from echospan.report.objects import RunResult
    from echospan.store import Run


def run(
    ctx: typer.Context,
    name: Annotated[
        str | None,
        typer.Argument(
            help="A recipe's name (see `echospan list`) or a .toml file.",
            autocompletion=complete.recipes,
        ),
    ] = None,
    set_: SetOption = None,
    lag: LagOption = None,
    symbols: SymbolsOption = None,
    length: LengthOption = None,
    window: WindowOption = None,
    units: UnitsOption = None,
    epochs: EpochsOption = None,
    batch_size: BatchOption = None,
    learning_rate: RateOption = None,
    seed: SeedOption = None,
    seeds: Annotated[int, typer.Option(min=1, help="Number of seeds, starting at --seed.")] = 1,
    data: DataOption = None,
    column: ColumnOption = None,
    missing: MissingOption = None,
    kind: KindOption = None,
    bins: BinsOption = None,
    force: ForceOption = False,
    variants: Annotated[
        bool, typer.Option(help="Also run the variants that the recipe is compared with.")
    ] = True,
    resume: Annotated[
        list[str] | None,
        typer.Option(
            metavar="RUN",
            help="Continue an interrupted run; repeatable.",
            autocompletion=complete.runs,
        ),
    ] = None,
    only_check: Annotated[
        bool,
        typer.Option("--check", help="Don't train; report what would prevent learning."),
    ] = False,
    mirror: MirrorOption = None,
    trust: TrustOption = False,
    yes: YesOption = False,
    store: StoreOption = None,
    json: JsonOption = False,
) -> None:
    """Train an experiment, evaluate it on new sequences, and store the run."""
    settings = settings_from(set_, typed_settings(ctx))
    require_mirrors(mirror)
    if trust:
        find_beside()
    if (name is None) == (not resume):
        raise ConfigError("NAME", "given, or else --resume RUN, but not both", name)
    if resume:
        if force:
            settings.pop("framing.force", None)
        if settings or seeds > 1 or only_check:
            given = ", ".join(settings) or ("--check" if only_check else "--seeds")
            raise ConfigError("--resume", "without other settings: a run keeps its own", given)
        results = _resume(resume, store, trust, force, mirror)
        view = ""
    else:
        from echospan.recipe import find
        from echospan.runner import check

        assert name is not None
        recipe = find(name, trust=trust)
        # Before the store is touched: nothing is left behind by a mistake in the settings.
        settled = check(recipe, settings, variants=variants, seeds=1 if only_check else seeds)
        if only_check:
            _check(recipe, settings, variants=variants, json=json)
            return
        results = _run(recipe, settings, settled, seeds, variants, store, mirror)
        view = recipe.view
    if "evaluation.confidence" in settings:
        _require_intervals(results)
    if json:
        print_json(_json(results))
    else:
        _print(results, view)


def _check(recipe: Recipe, settings: dict[str, Any], *, variants: bool, json: bool) -> None:
    """Print the findings; exit with code 1 if any check found an error."""
    from echospan.doctor.experiments import check_recipe
    from echospan.report.terminal.check import checks_table

    reports = check_recipe(recipe, settings, variants=variants)
    ok = all(report.ok for _, report in reports)
    if json:
        print_json(
            {
                "recipe": recipe.name,
                "ok": ok,
                "checks": [{"label": label, **report.to_dict()} for label, report in reports],
            }
        )
    else:
        console = out()
        for label, report in reports:
            console.rule(label, align="left")
            report.print(console)
        if len(reports) > 1:
            checks_table(reports, console)
    if not ok:
        raise Leave(1)


def _run(
    recipe: Any,
    settings: dict[str, Any],
    settled: Any,
    seeds: int,
    variants: bool,
    store: Any,
    mirror: list[str] | None,
) -> Any:
    from echospan.cli.progress import Bar
    from echospan.mirrors import mirroring
    from echospan.runner import Session, Stop, run_recipe

    stop = Stop()
    with (
        open_store(store) as opened,
        stop.on_interrupt(),
        Bar() as bar,
        mirroring(bar, mirror) as observer,
    ):
        session = Session(opened, observer, stop)
        try:
            return run_recipe(
                session, recipe, settings, seeds=seeds, variants=variants, settled=settled
            )
        except KeyboardInterrupt:
            _stopped(session.made)
            raise


def _resume(
    run_ids: list[str], store: Any, trust: bool, force: bool, mirror: list[str] | None
) -> Any:
    from echospan.cli.progress import Bar
    from echospan.mirrors import mirroring
    from echospan.runner import Session, Stop, resume_all

    stop = Stop()
    with open_store(store, create=False) as opened, stop.on_interrupt():
        runs = [opened.get(run_id, kind="run") for run_id in run_ids]
        with Bar() as bar, mirroring(bar, mirror) as observer:
            try:
                session = Session(opened, observer, stop, trust=trust)
                return resume_all(session, runs, force=force)
            except KeyboardInterrupt:
                _stopped(runs)
                raise


def _stopped(runs: list[Run]) -> None:
    """Say how to go on with those that a second Ctrl-C cut off, as the first one does.

    Raises:
        Stopped: There are such.
    """
    if cut := [run.id for run in runs if run.state == "interrupted" and not run.summary.parent]:
        raise Stopped(*cut)


def _json(results: list[RunResult]) -> dict[str, Any]:
    if len(results) == 1:
        return results[0].to_dict()
    from echospan.runner import summary_of

    return {
        "recipe": results[0].recipe,
        "runs": [result.to_dict() for result in results],
        "summary": summary_of(results),
    }


def _print(results: list[RunResult], view: str) -> None:
    console = out()
    if view == "encoding":
        _encoding(results[0], console)
    for result in results:
        result.print(console)
    if len(results) > 1:
        from echospan.report.terminal import comparison_table
        from echospan.results.run import Variant
        from echospan.runner import summary_of

        label = f"{results[0].recipe}, all seeds"
        every = Variant.from_dict({"name": "all", "label": label, **summary_of(results)})
        comparison_table([every], console, chance=every.chance)


def _require_intervals(results: list[RunResult]) -> None:
    """Refuse to show results where an interval was asked for by name and there is none.

    Raises:
        DataError: A result has no interval; it is stored all the same.
    """
    for result in results:
        if result.accuracy is not None and result.accuracy_interval is None:
            raise DataError(
                f"evaluation.confidence asks for an interval. {result.notes[0]} The run is stored: "
                f"echospan report {result.run_id}"
            )


def _encoding(result: RunResult, console: Console) -> None:
    """The tutorial's first look: integers, the beginning of their vectors, integers again."""
    import numpy as np

    from echospan.data import decode, one_hot

    symbols = np.array(result.inputs, "int32")
    vectors = one_hot(symbols, int(result.settings["task"]["symbols"]))

    def say(*words: object) -> None:
        console.print(*words, highlight=False, soft_wrap=True)

    say("integers:", *symbols.tolist())
    for vector in vectors[:5]:
        say("  ", *(int(entry) for entry in vector[:20]), "...")
    say(f"   ... {len(vectors)} vectors of width {vectors.shape[1]}")
    say("decoded: ", *decode(vectors).tolist())

"""`runs` and `report`: stored runs and reports about them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from echospan.cli.command import Command
from echospan.cli.options import (
    JsonOption,
    RunArgument,
    StoreOption,
    TrustOption,
    find_beside,
    open_store,
)
from echospan.cli.printing import err, out, print_json, print_text
from echospan.cli.stored_sheets import (
    export_sheet,
    is_sheet,
    read_sheets,
    show_sheet,
    titles,
    write_figures,
    write_sheets,
)
from echospan.errors import ConfigError, CorruptRun, EchospanError
from echospan.extras import needs

if TYPE_CHECKING:
    from echospan.report import RunView

MOST_LISTED = 1000
"""Runs that a terminal shows where no limit is given."""

KINDS = ("run", "span", "compare", "needs", "uses", "diagnose", "conform", "check")

app = typer.Typer(
    help="List, show, remove and export stored runs; rebuild their list.",
    epilog="Example: echospan runs list --json",
    no_args_is_help=True,
)


@app.command("list", cls=Command, epilog="Example: echospan runs list --recipe window")
def list_runs(
    recipe: Annotated[str | None, typer.Option(help="Only runs of this recipe.")] = None,
    state: Annotated[
        str | None,
        typer.Option(help="Only runs in this state: running, finished, failed or interrupted."),
    ] = None,
    kind: Annotated[
        str | None,
        typer.Option(
            help="Only run (of an experiment), span (sheets), compare (comparisons), or needs, "
            "uses, diagnose, conform or check (their reports)."
        ),
    ] = None,
    limit: Annotated[int | None, typer.Option(help="Maximum number of runs.")] = None,
    variants: Annotated[
        bool, typer.Option(help="Also list the runs of variants, and the sheets of comparisons.")
    ] = False,
    store: StoreOption = None,
    json: JsonOption = False,
) -> None:
    """List runs, sheets, comparisons and reports, newest first."""
    if kind not in (None, *KINDS):
        raise ConfigError("--kind", f"{', '.join(KINDS[:-1])} or {KINDS[-1]}", kind)
    with open_store(store) as opened:
        wanted: dict[str, Any] = {"recipe": recipe, "state": state, "kind": kind}
        # A variant whose own run is gone would be seen nowhere.
        wanted["apart"] = not variants
        most = limit if limit is not None or json else MOST_LISTED
        stored = opened.list(**wanted, limit=most)
        more = 0
        if limit is None and most is not None and len(stored) == most:
            more = opened.count(**wanted) - most
        place, held = opened.path, 0 if stored else opened.count()
    if json:
        print_json({"runs": [run.to_json() for run in stored]})
        return
    if not stored:
        print_text(_none(place, held))
        return
    from echospan.report.terminal import runs_table

    runs_table(stored, out())
    if more > 0:
        print_text(f"and {more:,} older ones; --limit {more + len(stored)} lists them all")


def _none(place: Path, held: int) -> str:
    """Why nothing is listed, and where runs may be instead."""
    from echospan.report.values import plural

    if held:
        return f"None of the {plural(held, 'run')} in the store {place} is listed by these options."
    return (
        f"There is no run in the store {place}. Runs are kept in the folder that --store or "
        "ECHOSPAN_STORE names, else in echospan-runs where the command is started."
    )


@app.command(cls=Command, epilog="Example: echospan runs show latest:window")
def show(run: RunArgument, store: StoreOption = None, json: JsonOption = False) -> None:
    """Show one run, sheet or report: its result, or its progress."""
    with open_store(store, create=False) as opened:
        stored = opened.get(run)
        if is_sheet(stored):
            show_sheet(stored, json=json)
            return
        result = stored.load_result() if stored.state == "finished" else {}
        failure = stored.load_failure()
        history = stored.load_history() if result.get("epochs") else {}
        summary, config = stored.summary.to_json(), stored.config
    if json:
        print_json({**summary, "config": config, "result": result, "failure": failure})
        return
    from echospan.report.terminal import curve, runs_table, show_result
    from echospan.results.run import RunData

    console = out()
    runs_table([summary], console)
    if failure:
        console.print(failure, markup=False, highlight=False)
    if history:
        curve(history, console)
    if result:
        show_result(RunData.from_dict(result), console)


@app.command(cls=Command, epilog="Example: echospan runs remove window-20261123-101500-3f2a")
def remove(
    runs: Annotated[list[str], typer.Argument(metavar="RUN...", help="Full ids.")],
    force: Annotated[
        bool,
        typer.Option(
            "--force",
            help="Also remove a run that is still running. Its process ends at its next write.",
        ),
    ] = False,
    store: StoreOption = None,
    json: JsonOption = False,
) -> None:
    """Delete runs, including the runs of their variants."""
    removed: list[str] = []
    with open_store(store, create=False) as opened:
        for run_id in runs:
            removed += opened.remove(run_id, force=force, variants=True)
    if json:
        print_json({"removed": removed})
    else:
        err().print(f"Removed {len(removed)} runs.", highlight=False)


@app.command(cls=Command, epilog="Example: echospan runs rebuild --store my-runs")
def rebuild(
    force: Annotated[
        bool,
        typer.Option("--force", help="Also while a run is running; it goes on with the new index."),
    ] = False,
    store: StoreOption = None,
    json: JsonOption = False,
) -> None:
    """Make the list of runs anew from their folders. A damaged index is moved aside."""
    from echospan.store import rebuild_store

    done = rebuild_store(store, force=force)
    if json:
        aside = None if done.aside is None else str(done.aside)
        print_json({"indexed": done.indexed, "skipped": done.skipped, "aside": aside})
        return
    if done.aside is not None:
        err().print(f"The old index is now {done.aside}.", highlight=False, markup=False)
    for reason in done.skipped.values():
        err().print(reason, highlight=False, markup=False, soft_wrap=True)
    err().print(f"Listed {done.indexed} runs.", highlight=False)


@app.command(cls=Command, epilog="Example: echospan runs export latest:window window.zip")
def export(
    run: RunArgument,
    destination: Annotated[
        Path | None,
        typer.Argument(
            help="A .zip file, a .keras file (of a run), a folder, or for a sheet or report any "
            "file that its command writes with -o."
        ),
    ] = None,
    output: Annotated[
        Path | None, typer.Option("-o", "--output", help="The same, as an option.")
    ] = None,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace an existing file or folder.")
    ] = False,
    trust: TrustOption = False,
    store: StoreOption = None,
    json: JsonOption = False,
) -> None:
    """Export a run as a .zip file, or its trained model as a Keras file, and say how to load it.

    The model takes any number of rows, and needs Keras and JAX but not echospan.
    """
    if (destination is None) == (output is None):
        given = None if destination is None else f"{destination} and -o {output}"
        raise ConfigError("DESTINATION", "given, or else -o FILE, but not both", given)
    place = destination or output
    assert place is not None
    with open_store(store, create=False) as opened:
        if place.suffix == ".keras":
            from echospan.serve import load

            if trust:
                find_beside()
            trained = load(opened.get(run, kind="run"), trust=trust)
            written = trained.export(place, overwrite=overwrite)
            lines = trained.how_to_load(written)
        elif saved := export_sheet(stored := opened.get(run), place, overwrite=overwrite):
            written, lines = saved, ""
        else:
            written = opened.export(stored.id, place, overwrite=overwrite)
            lines = "" if is_sheet(stored) else IN_A_ZIP
    if json:
        print_json({"path": str(written), "load": lines})
    else:
        out().print(str(written), highlight=False, soft_wrap=True)
        if lines:
            print_text(f"\n{lines}")


IN_A_ZIP = (
    "# In the archive: config.json (settings), result.json, environment.json, history and weights\n"
    "# (safetensors.numpy.load_file). For a model that Keras loads, export to a .keras file."
)


def report(
    runs: Annotated[
        list[str], typer.Argument(metavar="RUN...", help="Run ids, latest, or latest:RECIPE.")
    ],
    output: Annotated[Path, typer.Option("-o", "--output", help="The HTML file.")] = Path(
        "echospan-report.html"
    ),
    figures: Annotated[
        Path | None, typer.Option(help="Also save the figures as files in this folder.")
    ] = None,
    format_: Annotated[
        str, typer.Option("--format", help="Format of those files: png, svg or pdf.")
    ] = "png",
    check: Annotated[
        bool, typer.Option(help="Also check each experiment (a few seconds per run).")
    ] = True,
    trust: TrustOption = False,
    store: StoreOption = None,
    json: JsonOption = False,
) -> None:
    """Write a report on runs and sheets: one HTML file that contains its figures.

    A single sheet, comparison or report of another command can be any file that this writes with
    -o.
    """
    from echospan.report import RunView, write_report
    from echospan.report.figures import save
    from echospan.report.files import check_output
    from echospan.report.panels import panels

    if format_ not in ("png", "svg", "pdf"):
        raise ConfigError("--format", "png, svg or pdf", format_)
    check_output(output, "--output")
    if figures is not None:
        needs("--figures", "matplotlib")
    with open_store(store, create=False) as opened:
        stored = [opened.get(run) for run in runs]
        views = [RunView.from_run(run) for run in stored if not is_sheet(run)]
        sheets = read_sheets([run for run in stored if is_sheet(run)])
    if trust:
        find_beside()
    if check:
        views = with_checks(views, trust=trust)
    named = [*titles(sheets), *(view.recipe for view in views)]
    title = "echospan: " + ", ".join(dict.fromkeys(named))
    if sheets:
        written = write_sheets(sheets, views, output, title)
    else:
        written = write_report(views, output, title=title)
    drawn = [] if figures is None else write_figures(sheets, figures, format_)
    if figures is not None:
        for view in views:
            for panel in panels(view):
                path = figures / f"{view.run_id}-{panel.name}.{format_}"
                save(panel.draw(), path)
                drawn.append(str(path))
    if json:
        print_json({"path": str(written), "figures": drawn})
    else:
        for line in (str(written), *drawn):
            out().print(line, highlight=False, soft_wrap=True)
    # The page holds what could be read; that something could not must not pass for success.
    if problems := [f"{view.run_id}: {text}" for view in views for text in view.problems]:
        raise CorruptRun(f"The report was written, but a run is damaged. {problems[0]}")


def with_checks(views: Sequence[RunView], *, trust: bool = False) -> list[RunView]:
    """The runs with their checks; one that cannot be made is a sentence in the report.

    A check takes a few seconds a run and trains nothing: the run's settings say all that it needs.
    """
    from echospan.cli.progress import Bar

    checked = []
    with Bar() as bar:
        bar.begin("checking", len(views))
        for number, view in enumerate(views, 1):
            checked.append(_checked(view, trust) if _learns(view) else view)
            bar.progress(number, {})
    return checked


def _learns(view: RunView) -> bool:
    """Whether there is something to check: a run that learns nothing has no loss to flatten."""
    return bool(view.config) and (view.result is None or view.result.epochs != 0)


def _checked(view: RunView, trust: bool) -> RunView:
    from echospan.doctor.experiments import check_experiment
    from echospan.experiment import Experiment
    from echospan.results.check_report import CheckData

    try:
        experiment = Experiment.from_dict(view.config, trust=trust)
        return view.with_check(check_experiment(experiment))
    except EchospanError as error:
        # Its data may be gone, or its settings from a version with other ones.
        return view.with_check(CheckData((), skipped=(str(error),)))

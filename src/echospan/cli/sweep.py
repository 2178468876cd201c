"""`sweep`: many runs or sheets from one file, and their figures."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from echospan.cli.options import (
    JsonOption,
    MirrorOption,
    StoreOption,
    TrustOption,
    YesOption,
    find_beside,
    require_mirrors,
)
from echospan.cli.printing import err, out, print_json
from echospan.cli.sheet_options import check_outputs
from echospan.cli.sweep_engine import (
    AddressOption,
    ExecutorOption,
    RayOption,
    SlurmOption,
    engine_options,
)
from echospan.errors import ConfigError, EchospanError
from echospan.observer import Halted

if TYPE_CHECKING:
    from echospan.report.sweep_objects import SweepResult

PLOT = "plot"
PANEL = "With plot"

FIGURES = (".png", ".svg", ".pdf")


def sweep(
    file: Annotated[
        list[str],
        typer.Argument(
            metavar="FILE.toml", help="The sweep's file; after the word plot, it is drawn."
        ),
    ],
    dry_run: Annotated[
        bool,
        typer.Option(
            "--dry-run",
            help="Only say how many units there are, how many are finished, and how long the rest "
            "takes, where that was measured.",
        ),
    ] = False,
    retry: Annotated[
        str | None,
        typer.Option(metavar="failed", help="Also do units again that failed: --retry failed."),
    ] = None,
    executor: ExecutorOption = "pool",
    slurm: SlurmOption = None,
    ray: RayOption = None,
    address: AddressOption = None,
    workers: Annotated[
        int | None,
        typer.Option(min=1, help="Packs of units done at once. Default: one a core."),
    ] = None,
    time_limit: Annotated[
        float | None,
        typer.Option(
            metavar="SECONDS", help="Time that one unit may take; then it is recorded as failed."
        ),
    ] = None,
    ready: Annotated[
        Path | None,
        typer.Option(
            "--from",
            metavar="TABLE",
            help="A .parquet or .csv file that -o wrote; what is finished in it is not done again.",
        ),
    ] = None,
    kind: Annotated[
        str | None,
        typer.Option(help="lines, heat or scaling. Default: what fits.", rich_help_panel=PANEL),
    ] = None,
    x: Annotated[
        str | None, typer.Option(help="Field along the axis.", rich_help_panel=PANEL)
    ] = None,
    y: Annotated[
        str | None,
        typer.Option(
            help="Number that is shown; of a heat map, the field along the other axis.",
            rich_help_panel=PANEL,
        ),
    ] = None,
    by: Annotated[
        str | None,
        typer.Option(
            help="Field that lines differ in; of a heat map, the number that is shown.",
            rich_help_panel=PANEL,
        ),
    ] = None,
    output: Annotated[
        list[Path] | None,
        typer.Option(
            "-o",
            "--output",
            metavar="FILE",
            help="Also write .csv or .parquet (one row a unit), .html, .json, .png, .svg, .pdf, "
            ".md or .tex; repeatable.",
        ),
    ] = None,
    mirror: MirrorOption = None,
    trust: TrustOption = False,
    yes: YesOption = False,
    store: StoreOption = None,
    json: JsonOption = False,
) -> None:
    """Do many runs or reports from one file, on all cores or a cluster; none is done twice."""
    drawing = file[0] == PLOT
    names = file[1:] if drawing else file
    if len(names) != 1:
        allowed = "one .toml file, or plot and one .toml file"
        raise ConfigError("FILE.toml", allowed, " ".join(file))
    check_outputs(output or [])
    require_mirrors(mirror)
    options = engine_options(executor, slurm, ray, address)
    if trust:
        find_beside()
    if drawing:
        for option, given in (("--dry-run", dry_run), ("--retry", retry)):
            if given:
                raise ConfigError(option, "left out with plot, which does nothing", given)
        _plot(names[0], ready, store, trust, kind, x, y, by, output or [], json)
        return
    for option, value in (("--kind", kind), ("--x", x), ("--y", y), ("--by", by)):
        if value is not None:
            raise ConfigError(option, "left out without plot: echospan sweep plot FILE", value)
    from echospan.cli.sweep_bar import SweepBar
    from echospan.observer import Stop
    from echospan.sweeps.api import sweep as do

    stop = Stop()
    with stop.on_interrupt():
        with SweepBar() as bar:
            result = do(
                names[0],
                store=store,
                executor=executor,
                options=options,
                mirror=mirror,
                workers=workers,
                time_limit=time_limit,
                retry=retry,  # type: ignore[arg-type]
                dry_run=dry_run,
                ready=ready,
                trust=trust,
                yes=yes,
                observer=bar,
                stop=stop,
            )
        # Who is impatient while the result is written does not lose it.
        with stop.keeping():
            _show(result, output or [], json=json)
    if result.stopped and result.left:
        err().print(
            "What ran is kept. The same command goes on.",
            highlight=False, markup=False, soft_wrap=True,
        )  # fmt: skip
        raise Halted("Stopped.")


def _plot(
    what: str,
    ready: Path | None,
    store: Path | None,
    trust: bool,
    kind: str | None,
    x: str | None,
    y: str | None,
    by: str | None,
    output: list[Path],
    json: bool,
) -> None:
    from echospan.report.figures.save import save
    from echospan.sweeps.api import swept

    figures = [place for place in output if place.suffix.lower() in FIGURES]
    if len(figures) != len(output) or not output:
        shown = ", ".join(str(place) for place in output) or None
        raise ConfigError("--output", f"given: files ending in {', '.join(FIGURES)}", shown)
    result = swept(what, store=store, ready=ready, trust=trust)
    for place in figures:
        save(result.plot(kind, x=x, y=y, by=by), place)  # type: ignore[arg-type]
        if not json:
            out().print(str(place), highlight=False, soft_wrap=True, markup=False)
    if json:
        print_json(result.to_dict())


def _show(result: SweepResult, output: list[Path], *, json: bool) -> None:
    """Print the result, and write the files, all that can be written.

    Raises:
        EchospanError: A file could not be written.
    """
    if json:
        print_json(result.to_dict())
    else:
        result.print(out())
    problems = []
    for place in output:
        try:
            result.save(place)
        except (EchospanError, OSError) as problem:
            problems.append(problem)
            continue
        if not json:
            out().print(str(place), highlight=False, soft_wrap=True, markup=False)
    if problems:
        raise problems[0]

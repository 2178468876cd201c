"""How `span` and `compare` work: measure, show, and say how to go on with what was cut short."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import typer

from echospan.cli.options import find_beside
from echospan.cli.printing import err, out, print_json
from echospan.cli.sheet_options import SheetOptions, check_outputs
from echospan.errors import ConfigError, EchospanError
from echospan.observer import Halted, Stopped

if TYPE_CHECKING:
    from echospan.report.display import Display
    from echospan.spans.keep.place import Place

WITH_RESUME = (
    *("models", "model", "resume", "force", "store", "budget", "trust", "yes"),
    *("output", "width", "json", "with_reference"),
)
"""Parameters that may be given with --resume."""


def measured(
    ctx: typer.Context, options: SheetOptions, measure: Callable[..., Display], models: list[str]
) -> None:
    """Show what `measure` finds with these settings; Ctrl-C keeps what was decided.

    Args:
        ctx: Of the command; its name goes on with what is cut short.
        options: As typed.
        measure: `echospan.span` or `echospan.compare`, for the settings.
        models: Models, as typed.

    Raises:
        Stopped: The user ended it; by then what was decided is shown and kept.
    """
    from echospan.cli.progress import Bar
    from echospan.observer import Stop
    from echospan.spans.keep.place import Place

    settings = options.settings()
    _check_resume(ctx, options, models)
    check_outputs(options.output or [])
    find_beside()
    if options.resume is not None:
        kept = ("budget", "trust", "yes")
        settings = {name: value for name, value in settings.items() if name in kept}
        settings["resume"] = options.resume
    command = str(ctx.info_name)
    stop = Stop()
    # Only who names a store needs it: in a folder that can't be written to one can measure, too.
    place = Place(
        options.store,
        required=options.store is not None or options.resume is not None,
        force=options.force,
    )
    with place, stop.on_interrupt():
        try:
            with Bar() as bar:
                result = measure(observer=bar, stop=stop, store=place, **settings)
        except (KeyboardInterrupt, Halted):
            if place.made and place.made[0].state == "interrupted":
                raise Stopped(place.made[0].id, command=command) from None
            raise
        # Who is impatient while the result is written does not lose it.
        with stop.keeping():
            show(result, options)
            _tell(place, stop(), command, quiet=options.json)


def _check_resume(ctx: typer.Context, options: SheetOptions, models: list[str]) -> None:
    if options.resume is None:
        if not models:
            raise ConfigError("MODEL", "given, or else --resume ID", None)
        if options.force:
            raise ConfigError("--force", "left out without --resume", None)
        return
    if models:
        raise ConfigError("--resume", "without a model: a stored sheet has its own", models[0])
    for parameter in ctx.command.params:
        name = parameter.name or ""
        source = ctx.get_parameter_source(name)
        if name not in WITH_RESUME and source is not None and source.name == "COMMANDLINE":
            raise ConfigError(
                "--resume", "without other settings: a stored sheet keeps its own",
                max(parameter.opts, key=len),
            )  # fmt: skip


def _tell(place: Place, stopped: bool, command: str, *, quiet: bool) -> None:
    """Say where the sheet is kept, or how to go on with it.

    Raises:
        Stopped: The user ended it.
        Halted: The same, where nothing is kept.
    """
    run = place.made[0] if place.made else None
    cut = run is not None and run.state == "interrupted"
    if stopped:
        if run is not None and cut:
            raise Stopped(run.id, command=command)
        raise Halted("Stopped.")
    if run is None:
        return
    if cut:
        line = f"echospan {command} --resume {run.id} --budget none"
        err().print(
            f"The budget ended first. Go on with: {line} (or a greater budget)",
            highlight=False, markup=False, soft_wrap=True,
        )  # fmt: skip
    elif not quiet:
        out().print(f"kept as {run.id}", highlight=False, markup=False, soft_wrap=True)


def show(result: Display, options: SheetOptions) -> None:
    """Print JSON, or a table and the names of the requested files, once each is written.

    Raises:
        EchospanError: A file could not be written. By then the result is printed, and so are the
            others written.
    """
    if options.json:
        print_json(result.to_dict())
    else:
        result.print(out())
    problems = []
    for place in options.output or []:
        try:
            result.save(place)
        except (EchospanError, OSError) as problem:
            problems.append(problem)
            continue
        if not options.json:
            out().print(str(place), highlight=False, soft_wrap=True)
    if problems:
        raise problems[0]

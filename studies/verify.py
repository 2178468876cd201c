"""`python -m studies.verify`: known numbers, measured again."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from echospan.cli.command import Command, Leave
from echospan.cli.main import main
from echospan.cli.options import JsonOption
from echospan.cli.printing import err, out, print_json, say
from echospan.errors import ConfigError

if TYPE_CHECKING:
    from studies import Outcome

BROKEN = 1
"""Exit code where a number is off for no known reason, or could not be measured."""
INTERRUPTED = 130

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command(cls=Command, epilog="Example: python -m studies.verify --quick")
def verify(
    quick: Annotated[
        bool, typer.Option("--quick", help="Only what takes seconds: under 3 minutes in all.")
    ] = False,
    only: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help="A row, or how some begin; may be repeated."),
    ] = None,
    write: Annotated[
        Path | None, typer.Option(help="Write the table to this file, as a page of Markdown.")
    ] = None,
    resume: Annotated[
        bool, typer.Option("--resume", help="Measure only what no earlier start has measured.")
    ] = False,
    json: JsonOption = False,
) -> None:
    """Measure known numbers again: reference, ours, interval, tolerance, and whether they agree.

    Ctrl-C shows what is done; with --resume the next start goes on from there, as long as packages
    and rows are the same. Exit code 1: a number is off without a known reason.
    """
    from echospan.backend import cache_folder
    from echospan.cli.progress import Bar
    from echospan.observer import Stop
    from echospan.report.files import check_output, write_whole
    from echospan.store import describe_environment
    from studies import Kept, measure_rows, rows

    if write is not None:
        if not write.parent.is_dir():
            raise ConfigError("--write", "a file in a folder that exists", str(write))
        check_output(write, "--write")
    chosen = rows(only or (), quick=quick)
    folder = cache_folder()
    if resume and folder is None:
        raise ConfigError("--resume", "left out where ECHOSPAN_CACHE is empty", "--resume")
    kept = Kept(folder / "verify.jsonl" if folder is not None else None)
    if resume and kept.file is None:
        raise ConfigError(
            "--resume",
            "left out where the cache folder or its verify.jsonl is a link or another user's",
            "--resume",
            f"Have {folder} be a folder of your own, or name one with ECHOSPAN_CACHE.",
        )
    stop = Stop()
    outcomes: list[Outcome] = []
    # The table is written and printed in here, too: who stops late does not lose it.
    with stop.on_interrupt():
        with Bar() as bar:
            for outcome in measure_rows(
                only or (), quick=quick, kept=kept, resume=resume, observer=bar, stop=stop
            ):
                outcomes.append(outcome)
                bar.note(f"{len(outcomes)}/{len(chosen)} {outcome.row.name}: {outcome.status}")
        with stop.keeping():
            environment = describe_environment()
            if json:
                print_json(_summary(outcomes, environment))
            else:
                _print(outcomes)
            # Last: what cannot be written is still printed.
            if write is not None:
                from studies.page import page

                given = "".join(f" --only {name}" for name in only or ())
                command = f"python -m studies.verify{given}{' --quick' if quick else ''}"
                text = page(outcomes, environment, command, _load())
                write_whole(write, text.encode(), "--write")
    if kept.problem:
        say(f"warning: {kept.problem}. --resume would measure again.")
    if stop() and len(outcomes) < len(chosen):
        err().print("Stopped. Go on with --resume.")
        raise Leave(INTERRUPTED)
    if any(outcome.status in ("unexplained", "failed") for outcome in outcomes):
        raise Leave(BROKEN)


def _load() -> float | None:
    """Programs that ran at once in the last quarter of an hour."""
    import os

    try:
        return os.getloadavg()[2]
    except OSError:
        return None


def _summary(outcomes: list[Outcome], environment: dict[str, Any]) -> dict[str, Any]:
    count = {
        status: sum(outcome.status == status for outcome in outcomes)
        for status in ("pass", "differs", "unexplained", "skipped", "failed")
    }
    return {
        "rows": [outcome.to_dict() for outcome in outcomes],
        **count,
        "seconds": sum(outcome.seconds for outcome in outcomes),
        "environment": environment,
    }


def _print(outcomes: list[Outcome]) -> None:
    from rich.table import Table

    from studies.page import MARKS, figure, interval_text, seeds_text, tally

    console = out()
    table = Table(box=None, pad_edge=False, collapse_padding=True)
    for name in ("what", "reference", "ours", "seeds", "interval", "tolerance", ""):
        number = name in ("reference", "ours", "seeds")
        table.add_column(
            name,
            justify="right" if number else "left",
            no_wrap=number,
            min_width=15 if name == "what" else None,
        )
    for outcome in outcomes:
        ours = figure(outcome.measured.value) if outcome.measured else ""
        table.add_row(
            outcome.row.what,
            figure(outcome.reference.value),
            ours,
            seeds_text(outcome),
            interval_text(outcome),
            str(outcome.row.tolerance),
            MARKS[outcome.status],
        )
    console.print(table)
    console.print(
        "± counts from the nearer end of our interval, where there is one.", highlight=False
    )
    for outcome in outcomes:
        if outcome.reason:
            console.print(f"- {outcome.row.name}: {outcome.reason}", highlight=False, markup=False)
    console.print(tally(outcomes) or "Nothing was measured.", highlight=False)


if __name__ == "__main__":
    main(app=app, name="python -m studies.verify")

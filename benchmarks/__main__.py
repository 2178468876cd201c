"""`python -m benchmarks`: echospan's training time beside its peers'."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from echospan.cli.command import Command
from echospan.cli.main import main
from echospan.cli.options import JsonOption
from echospan.cli.printing import out, print_json

if TYPE_CHECKING:
    from benchmarks.contenders import Contender
    from benchmarks.jobs import Job


app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command(cls=Command, epilog="Example: python -m benchmarks --jobs window --peers keras-jax")
def benchmark(
    jobs: Annotated[
        list[str] | None,
        typer.Option("--jobs", metavar="NAME", help="Only this job; may be repeated (see --list)."),
    ] = None,
    peers: Annotated[
        list[str] | None,
        typer.Option("--peers", metavar="NAME", help="Only this peer; may be repeated."),
    ] = None,
    repeats: Annotated[
        int | None, typer.Option(min=1, help="Timed runs of each contender (else 3 to 5).")
    ] = None,
    quick: Annotated[
        bool, typer.Option("--quick", help="Two short runs of each: rough numbers sooner.")
    ] = False,
    envs: Annotated[
        Path | None,
        typer.Option(help="Folder of the peers' environments (else in the cache folder)."),
    ] = None,
    install: Annotated[
        bool,
        typer.Option("--install", help="First make the peers' environments (gigabytes)."),
    ] = False,
    write: Annotated[
        Path | None,
        typer.Option(metavar="FOLDER", help="Write RESULTS.md, results.json and figures there."),
    ] = None,
    minutes: Annotated[
        float, typer.Option(min=0, help="Begin no further job after so many; 0 for no limit.")
    ] = 17,
    resume: Annotated[
        bool, typer.Option("--resume", help="Keep the jobs that were measured before.")
    ] = False,
    list_: Annotated[bool, typer.Option("--list", help="List jobs and peers.")] = False,
    json: JsonOption = False,
) -> None:
    """Time the same training by echospan and by its peers, side by side.

    A peer runs where its library is found: in an environment that --install made, or in echospan's
    own. Ctrl-C, and the end of the time, keep what was measured; --resume goes on from there.
    """
    from benchmarks import contenders
    from benchmarks import jobs as table
    from benchmarks.document import tables
    from benchmarks.environments import default_folder
    from benchmarks.environments import install as make
    from benchmarks.record import Record
    from benchmarks.session import Settings
    from benchmarks.suite import run
    from echospan.report.files import check_output

    def say(line: str) -> None:
        print(line, file=sys.stderr, flush=True)

    chosen, sides = table.choose(_split(jobs)), contenders.choose(_split(peers))
    folder = envs or default_folder()
    if install:
        make(folder, say)
    if list_:
        _list(chosen, sides, json)
        return
    kept = (write or default_folder().parent) / ("results.json" if write else "bench.json")
    for path in (kept, *([write / "RESULTS.md"] if write else [])):
        check_output(path, "--write" if write else "the cache folder's file")
    record = Record.resume(kept) if resume and kept.exists() else Record()
    settings = Settings(
        folder.absolute(),
        sides,
        repeats or (2 if quick else None),
        scale=0.25 if quick else 1.0,
        say=say,
    )
    complete, interrupted = False, False
    try:
        complete = run(chosen, settings, record, kept, minutes or None)
    except KeyboardInterrupt:
        interrupted = True
    results = record.in_order([job.name for job in chosen])
    if json:
        print_json(record.to_json())
    elif results:
        out().print(tables(record, results), highlight=False, markup=False, soft_wrap=True)
    if write is not None and results:
        from benchmarks.document import write_all

        say(f"Written: {write_all(write, record, results)}")
    if results and not complete:
        say("To go on from here: the same command with --resume")
    if interrupted:
        raise KeyboardInterrupt


def _split(names: list[str] | None) -> list[str] | None:
    """Names given one by one, or several with commas between them."""
    if names is None:
        return None
    return [part.strip() for name in names for part in name.split(",") if part.strip()]


def _list(jobs: list[Job], peers: list[Contender], json: bool) -> None:
    if json:
        print_json(
            {
                "jobs": [{"name": job.name, "title": job.title} for job in jobs],
                "peers": [{"name": peer.key, "title": peer.name} for peer in peers],
            }
        )
        return
    from rich.table import Table

    for title, rows in (
        ("job", [(job.name, job.title) for job in jobs]),
        ("peer", [(peer.key, peer.name) for peer in peers]),
    ):
        shown = Table(box=None, pad_edge=False)
        shown.add_column(title, style="bold", no_wrap=True)
        shown.add_column("what it is", overflow="fold")
        for row in rows:
            shown.add_row(*row)
        out().print(shown)
        out().print()


if __name__ == "__main__":
    main(app=app, name="python -m benchmarks")

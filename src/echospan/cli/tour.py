"""`tour`: the tutorial from end to end."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from echospan.cli.options import JsonOption, SeedOption, StoreOption, open_store, out, print_json


def tour(
    output: Annotated[
        Path | None, typer.Option("-o", "--output", help="The report file (default: in the store).")
    ] = None,
    seed: SeedOption = None,
    store: StoreOption = None,
    json: JsonOption = False,
) -> None:
    """Run the tutorial from start to end and write a report."""
    from echospan.cli.checked import with_checks
    from echospan.cli.progress import Bar
    from echospan.report import RunView, write_report
    from echospan.report.files import check_output
    from echospan.runner import Session, Stop
    from echospan.runner.tour import stops

    if output is not None:
        check_output(output, "--output")
    console = out()
    stop = Stop()
    views, results = [], []
    with open_store(store) as opened:
        path = output or opened.path / "tour.html"
        check_output(path, "--output")
        for place in stops(seed or 0):
            # A bar of its own for each: what is printed between them stays in order.
            with Bar() as bar, stop.on_interrupt():
                result = place.run(Session(opened, bar, stop))
            results.append(result)
            views.append(RunView.from_run(opened.get(result.run_id), intro=place.intro))
            if not json:
                console.rule(f"[bold]{place.title}")
                console.print(place.intro, highlight=False)
                result.print(console)
                console.print()
        write_report(
            with_checks(views),
            path,
            title="Teaching a network to echo",
            intro="All numbers on this page were measured on this machine.",
        )
    if json:
        print_json({"report": str(path), "runs": [result.to_dict() for result in results]})
    else:
        console.print(f"Report: {path}", highlight=False, soft_wrap=True)

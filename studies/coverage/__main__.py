"""`python -m studies.coverage`: how often intervals contain the truth."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from echospan.cli.command import Command
from echospan.cli.main import main
from echospan.cli.printing import say

if TYPE_CHECKING:
    from studies.coverage.cell import Found

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command(cls=Command, epilog="Example: python -m studies.coverage --repeats 100")
def coverage(
    repeats: Annotated[
        int, typer.Option(min=20, help="How often the data of a row is drawn.")
    ] = 500,
    write: Annotated[
        Path | None, typer.Option(help="Write the table to this file, as a page of Markdown.")
    ] = None,
) -> None:
    """Draw data of known accuracy, score it, and count the intervals that contain the truth."""
    from echospan.report.files import check_output, write_whole
    from echospan.store import describe_environment
    from studies.coverage import PARTS, measure
    from studies.coverage.page import page

    if write is not None:
        check_output(write, "--write")
    measured: dict[str, list[Found]] = {}
    for title, cells in PARTS.items():
        say(title)
        measured[title] = []
        for cell in cells:
            found = measure(cell, repeats)
            measured[title].append(found)
            say(f"{'  ' if found.inside else '! '}{found.share:5.1f} %  {cell.name}")
    if write is not None:
        where = describe_environment()
        machine = f"{where['cpu']}, {where['cores']} cores, Python {where['python']}"
        text = page(measured, f"{datetime.now(UTC):%d %B %Y}", machine)
        write_whole(write, text.encode(), "--write")


if __name__ == "__main__":
    main(app=app, name="python -m studies.coverage")

"""`python -m studies.conform`: check all families of one environment, a process each."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from echospan.cli.command import Command
from echospan.cli.main import main
from echospan.cli.printing import say
from studies.conform.families import names_of
from studies.conform.page import page

ROOT = Path(__file__).parents[2]

UNDONE = ("timeout", "broken")
"""Verdicts of a class that is run again."""

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command(cls=Command, epilog="Example: python -m studies.conform --out build/conform.json")
def conform(
    python: Annotated[Path, typer.Option(help="The Python whose transformers is checked.")] = Path(
        sys.executable
    ),
    out: Annotated[Path, typer.Option(help="Rows found so far. They are not run again.")] = ROOT
    / "build"
    / "conform.json",
    write: Annotated[Path | None, typer.Option(help="Write the table to this file.")] = None,
    before: Annotated[
        Path | None, typer.Option(help="Rows of an older version, for a column of the table.")
    ] = None,
    only: Annotated[list[str] | None, typer.Option(help="A class to check; left out, all.")] = None,
    limit: Annotated[int, typer.Option(min=1, help="Seconds for one class.")] = 900,
) -> None:
    """Check causal language models of transformers, and write a table of what was found."""
    from echospan.report.files import check_output, write_whole
    from echospan.store import describe_environment

    check_output(out, "--out")
    if write is not None:
        check_output(write, "--write")
    found: dict[str, Any] = json.loads(out.read_text()) if out.exists() else {}
    for name in only or names_of():
        if name not in found or found[name]["verdict"] in UNDONE:
            found[name] = _row(python, name, limit)
            write_whole(out, json.dumps(found, indent=1).encode(), "--out")
        say(f"{found[name]['verdict']:12} {name}")
    if write is not None:
        versions = [*([json.loads(before.read_text())] if before else []), found]
        where = describe_environment()
        machine = f"{where['cpu']}, {where['cores']} cores"
        write_whole(
            write, page(versions, f"{datetime.now(UTC):%d %B %Y}", machine).encode(), "--write"
        )


def _row(python: Path, name: str, limit: int) -> dict[str, Any]:
    """What a process of its own finds: one class can neither delay nor end the others."""
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join([str(ROOT / "src"), str(ROOT)]),
        "HF_HUB_OFFLINE": "1",
    }
    command = [str(python), "-m", "studies.conform.one", name]
    try:
        done = subprocess.run(
            command, env=environment, cwd=ROOT, capture_output=True, text=True,
            timeout=limit, check=False,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        return {"name": name, "verdict": "timeout", "reason": f"More than {limit} s."}
    try:
        row: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    except (IndexError, ValueError):
        said = (done.stderr.strip().splitlines() or ["nothing"])[-1]
        return {"name": name, "verdict": "broken", "reason": said[:200]}
    return row


if __name__ == "__main__":
    main(app=app, name="python -m studies.conform")

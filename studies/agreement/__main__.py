"""`python -m studies.agreement`: measure sheets twice, and count how often the span is the same."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import IO, Annotated, Any

import typer

from echospan.cli.command import Command
from echospan.cli.main import main
from echospan.cli.printing import print_text, say
from echospan.report.files import write_whole
from studies.agreement.pairs import pairs
from studies.agreement.table import SIDES, table

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
PROTOCOLS = ("quick-1", "standard-1")
MARK = "<!-- The tables below are written by `make agreement`. -->"

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


class Side:
    """A process that measures with one implementation; it is started when it is first needed.

    Args:
        kernels: Value of ECHOSPAN_KERNELS in it.
    """

    def __init__(self, kernels: str) -> None:
        self._kernels = kernels
        self._process: subprocess.Popen[str] | None = None

    def measured(self, settings: dict[str, Any]) -> dict[str, Any]:
        """What it finds for these arguments of `echospan.span`.

        Raises:
            RuntimeError: It ended without an answer; what it printed says why.
        """
        process = self._process = self._process or self._started()
        questions, answers = process.stdin, process.stdout
        assert questions is not None
        assert answers is not None
        self._ask(questions, settings)
        line = answers.readline()
        if not line:
            raise RuntimeError(f"The side {self._kernels} ended with {process.wait()}.")
        found: dict[str, Any] = json.loads(line)
        return found

    def _ask(self, questions: IO[str], settings: dict[str, Any]) -> None:
        questions.write(json.dumps(settings) + "\n")
        questions.flush()

    def _started(self) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-m", "studies.agreement.side"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=ROOT,
            env={**os.environ, "ECHOSPAN_KERNELS": self._kernels},
        )

    def end(self) -> None:
        """End the process."""
        if self._process is not None and self._process.stdin is not None:
            self._process.stdin.close()
            self._process.wait()


@app.command(cls=Command, epilog="Example: python -m studies.agreement --hours 1")
def agreement(
    out: Annotated[Path, typer.Option(help="Rows found so far. They are not measured again.")] = (
        HERE / "rows.json"
    ),
    hours: Annotated[float, typer.Option(min=0, help="Begin no pair after so long.")] = 4.0,
    write: Annotated[
        Path | None, typer.Option(help="Put the tables into this page, after its mark.")
    ] = None,
) -> None:
    """Measure each sheet with both implementations, and print the tables."""
    rows: dict[str, dict[str, Any]] = json.loads(out.read_text()) if out.exists() else {}
    sides, started = {name: Side(name) for name in SIDES}, time.monotonic()
    try:
        for name, settings in pairs():
            for kernels, side in sides.items():
                if kernels in rows.get(name, {}) or time.monotonic() - started > hours * 3600:
                    continue
                rows.setdefault(name, {})[kernels] = side.measured(settings)
                write_whole(out, json.dumps(rows, indent=1).encode(), "--out")
                say(f"{name:36} {kernels:5} {rows[name][kernels]['span']}")
    finally:
        for side in sides.values():
            side.end()
    text = table(rows, PROTOCOLS)
    print_text(text)
    if write is not None:
        page = write.read_text("utf-8")
        before = page[: page.index(MARK) + len(MARK)]
        write_whole(write, f"{before}\n\n{text}".encode(), "--write")


if __name__ == "__main__":
    main(app=app, name="python -m studies.agreement")

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import typer

from echospan.cli.main import run

TINY = (
    *("--symbols", "5", "--length", "8", "--units", "4", "--epochs", "3"),
    *("--set", "training.sequences=4", "--batch-size", "4"),
)
"""Laid over `stream`."""


@dataclass(frozen=True)
class Said:
    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """The one JSON object on standard output."""
        assert self.code == 0, self.err
        assert self.out.count("\n") == 1
        return json.loads(self.out)


class Shell:
    """The command line in this process."""

    def __init__(self, capsys: pytest.CaptureFixture[str], app: typer.Typer | None = None) -> None:
        self._capsys = capsys
        self._app = app

    def __call__(self, *arguments: str | Path) -> Said:
        self._capsys.readouterr()
        code = run([str(argument) for argument in arguments], self._app)
        return Said(code, *self._capsys.readouterr())

    def refused(self, *arguments: str | Path) -> str:
        """The one line of an error, after checks that it is one."""
        said = self(*arguments)
        assert said.code == 2, said
        assert said.out == ""
        assert said.err.startswith("error: "), said.err
        assert said.err.count("\n") == 1
        assert "Traceback" not in said.err
        return said.err

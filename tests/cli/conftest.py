from __future__ import annotations

from pathlib import Path

import pytest

from cli.helpers import Shell


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A store of the test's own, not made yet."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ECHOSPAN_STORE", str(tmp_path / "runs"))
    monkeypatch.setenv("COLUMNS", "100")
    return tmp_path / "runs"


@pytest.fixture
def shell(folder: Path, capsys: pytest.CaptureFixture[str]) -> Shell:
    """Runs commands on that store."""
    return Shell(capsys)


@pytest.fixture
def on_trained(shell: Shell, trained: Path, monkeypatch: pytest.MonkeyPatch) -> Shell:
    """Runs commands on the shared store of trained runs, which they must only read."""
    monkeypatch.setenv("ECHOSPAN_STORE", str(trained))
    return shell

from __future__ import annotations

from pathlib import Path

import pytest

from echospan.store import Store, resolve_location


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("ECHOSPAN_STORE", raising=False)


def test_argument_before_variable_before_default(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert resolve_location() == tmp_path / "echospan-runs"
    monkeypatch.setenv("ECHOSPAN_STORE", str(tmp_path / "variable"))
    assert resolve_location() == tmp_path / "variable"
    assert resolve_location("argument") == tmp_path / "argument"


def test_an_empty_variable_counts_as_unset(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ECHOSPAN_STORE", "")
    assert resolve_location() == tmp_path / "echospan-runs"


def test_home_is_expanded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    assert resolve_location("~/mine") == tmp_path / "home" / "mine"


def test_the_store_stays_where_it_was_opened(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "other").mkdir()
    with Store() as store:
        monkeypatch.chdir(tmp_path / "other")
        run = store.create(recipe="window", config={}, fingerprint="", seed=0)
        assert run.path.is_relative_to(tmp_path / "echospan-runs")
        assert run.config == {}

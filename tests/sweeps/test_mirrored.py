"""Finished units of a sweep, mirrored from the store."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from echospan.mirrors import LIBRARIES
from echospan.store import Store
from echospan.sweeps import mirrored as room
from echospan.sweeps.mirrored import mirrored
from echospan.sweeps.progress import Counts, SweepObserver
from mirrors import fake_mirror
from mirrors.test_mirrors import FAKE


class Heard(SweepObserver):
    """Keeps what a screen would show."""

    def __init__(self) -> None:
        self.notes: list[str] = []
        self.folders: list[Path] = []
        self.seen: list[Counts] = []

    def note(self, text: str) -> None:
        self.notes.append(text)

    def counts(self, counts: Counts) -> None:
        self.seen.append(counts)

    def finished(self, folder: Path) -> None:
        self.folders.append(folder)


@pytest.fixture(autouse=True)
def _fake(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setitem(LIBRARIES, "fake", FAKE)
    fake_mirror.reset()
    yield
    fake_mirror.released.set()


def _row(result: object) -> dict[str, object]:
    return {"accuracy": 0.5, "parameters": 12, "verdict_code": "solved", "loss": None}


@pytest.fixture
def folder(trained: Path) -> Path:
    """A finished run's folder."""
    with Store(trained, create=False) as store:
        return store.get("latest:window").path


def test_a_unit_is_copied_with_its_history_and_its_numbers(folder: Path) -> None:
    heard = Heard()
    with mirrored(heard, "fake", _row) as observer:
        observer.counts(Counts(1))
        observer.finished(folder)
    kinds = [call[0] for call in fake_mirror.calls]
    assert (kinds[0], kinds[-1]) == ("init", "finish")
    name, config = fake_mirror.calls[0][2:]
    assert name == folder.name
    assert config["training"]["epochs"] == 300
    logs = [call[2:] for call in fake_mirror.calls if call[0] == "log"]
    *history, (step, numbers) = logs
    assert [epoch for epoch, _ in history] == list(range(2, 301, 2))
    assert "loss" in history[0][1]
    assert (step, numbers) == (300, {"result/accuracy": 0.5, "result/parameters": 12.0})
    assert heard.folders == [folder]
    assert heard.seen == [Counts(1)]
    assert heard.notes == []


def test_a_unit_that_is_gone_leaves_the_others(folder: Path, tmp_path: Path) -> None:
    with mirrored(Heard(), ["fake"], _row) as observer:
        observer.finished(tmp_path / "gone")
        observer.finished(folder)
    assert [call[0] for call in fake_mirror.calls].count("finish") == 1


def test_a_library_that_hangs_is_left_behind(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "FINISH_SECONDS", 0.2)
    fake_mirror.reset(hang="init")
    heard = Heard()
    with mirrored(heard, ["fake"], _row) as observer:
        for _ in range(3):
            observer.finished(folder)
    assert heard.folders == [folder] * 3
    assert any("The mirror fake stopped" in note for note in heard.notes) or any(
        "not mirrored in time" in note for note in heard.notes
    )


def test_without_mirrors_the_observer_is_the_one_given() -> None:
    heard = Heard()
    with mirrored(heard, None, _row) as observer:
        assert observer is heard

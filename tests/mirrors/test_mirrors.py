"""What mirrors are told, and that nothing that goes wrong with one reaches the run."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator

import pytest

import echospan
from echospan.errors import ConfigError
from echospan.mirrors import LIBRARIES, mirroring
from echospan.mirrors import copy as copies
from echospan.mirrors.libraries import CONFIG, METRICS, NAME, PROJECT, STEP, Call, Library
from echospan.observer import Observer
from mirrors import fake_mirror

FAKE = Library(
    "mirrors.fake_mirror",
    init=Call("init", named={"project": PROJECT, "name": NAME, "config": CONFIG}),
    log=Call("log", (METRICS,), {"step": STEP}, of_run=True),
    finish=Call("finish", of_run=True),
)


class Heard(Observer):
    """Keeps what a screen would show."""

    def __init__(self) -> None:
        self.notes: list[str] = []
        self.events: list[object] = []

    def note(self, text: str) -> None:
        self.notes.append(text)

    def progress(self, epoch: int, logs: object) -> None:
        self.events.append((epoch, logs))


@pytest.fixture(autouse=True)
def _fake(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setitem(LIBRARIES, "fake", FAKE)
    fake_mirror.reset()
    yield
    fake_mirror.released.set()


def _one_run(names: list[str], heard: Heard) -> None:
    with mirroring(heard, names) as observer:
        observer.describe("window-1", {"task": {"lag": 2}, "seed": 0})
        observer.begin("window", 2)
        observer.progress(1, {"loss": 0.5, "broken": math.nan})
        observer.progress(2, {"loss": 0.25})
        observer.end()
        observer.result({"result/accuracy": 1.0})


def test_the_three_calls_come_in_order_with_the_runs_numbers() -> None:
    heard = Heard()
    _one_run(["fake"], heard)
    assert fake_mirror.calls == [
        ("init", "echospan", "window-1", {"task": {"lag": 2}, "seed": 0}),
        ("log", "window-1", 1, {"loss": 0.5}),
        ("log", "window-1", 2, {"loss": 0.25}),
        ("log", "window-1", 2, {"result/accuracy": 1.0}),
        ("finish", "window-1"),
    ]
    assert heard.notes == []
    assert [epoch for epoch, _ in heard.events] == [1, 2]


@pytest.mark.parametrize("call", ["init", "log", "finish"])
def test_a_call_that_fails_costs_one_line(call: str) -> None:
    fake_mirror.reset(fail=call)
    heard = Heard()
    _one_run(["fake"], heard)
    assert heard.notes == [
        f"The mirror fake stopped, the run goes on: RuntimeError: no {call} at all"
    ]
    assert [epoch for epoch, _ in heard.events] == [1, 2]


@pytest.mark.parametrize("call", ["init", "log", "finish"])
def test_a_call_that_hangs_is_left_behind(call: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("echospan.mirrors.observer.FINISH_SECONDS", 0.2)
    fake_mirror.reset(hang=call)
    heard = Heard()
    _one_run(["fake"], heard)
    assert len(heard.notes) == 1
    assert "it did not end" in heard.notes[0]


def test_a_slow_library_loses_steps_and_its_end_comes_through(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(copies, "MOST_WAITING", 5)
    fake_mirror.reset(hang="init")
    heard = Heard()
    with mirroring(heard, ["fake"]) as observer:
        observer.describe("window-1", {})
        while not fake_mirror.calls:
            time.sleep(0.01)
        for epoch in range(1, 101):
            observer.progress(epoch, {"loss": 1.0})
        observer.result({"result/accuracy": 1.0})
        fake_mirror.released.set()
    assert fake_mirror.calls[-1] == ("finish", "window-1")
    assert 1 <= sum(call[0] == "log" for call in fake_mirror.calls) <= 5
    assert heard.notes == []


def test_a_package_that_is_missing_costs_one_line_for_all_runs(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("echospan.mirrors.copy.needs", _missing)
    heard = Heard()
    with mirroring(heard, ["wandb"]) as observer:
        for part in [observer.part(f"seed {seed}", 3) for seed in range(3)]:
            part.describe("window-1", {})
            part.result({})
    assert len(heard.notes) == 1
    assert "pip install 'echospan[wandb]'" in heard.notes[0]


def _missing(purpose: str, *packages: str) -> None:
    raise echospan.MissingExtra(purpose, packages, "wandb")


def test_runs_at_once_have_copies_of_their_own() -> None:
    with mirroring(Heard(), ["fake"]) as observer:
        parts = [observer.part(f"seed {seed}", 2) for seed in range(2)]
        for seed, part in enumerate(parts):
            part.describe(f"run-{seed}", {})
        for part in reversed(parts):
            part.progress(1, {"loss": 1.0})
            part.result({})
    for seed in range(2):
        own = [call for call in fake_mirror.calls if f"run-{seed}" in call]
        assert [call[0] for call in own] == ["init", "log", "finish"]


def test_without_mirrors_the_observer_is_the_one_given() -> None:
    heard = Heard()
    for none in (None, [], ()):
        with mirroring(heard, none) as observer:
            assert observer is heard


def test_a_name_that_there_is_not() -> None:
    with pytest.raises(ConfigError, match="mirror must be one of wandb"):
        echospan.run("window", mirror="wandbb")


def test_run_mirrors_a_real_training(tmp_path, monkeypatch: pytest.MonkeyPatch) -> None:  # type: ignore[no-untyped-def]
    monkeypatch.setitem(LIBRARIES, "mlflow", FAKE)
    settings = {"task.symbols": 4, "task.length": 8, "training.epochs": 6, "model.units": 4}
    result = echospan.run("stream", settings, store=tmp_path / "runs", mirror="mlflow")
    kinds = [call[0] for call in fake_mirror.calls]
    assert (kinds[0], kinds[-1]) == ("init", "finish")
    assert fake_mirror.calls[0][2] == result.run_id
    assert fake_mirror.calls[0][3]["task"]["symbols"] == 4
    *_, last = (call for call in fake_mirror.calls if call[0] == "log")
    assert last[3]["result/accuracy"] == result.accuracy
    assert last[2] == 6


def test_a_mirror_that_fails_leaves_the_result_as_it_is(tmp_path, monkeypatch) -> None:  # type: ignore[no-untyped-def]
    monkeypatch.setitem(LIBRARIES, "mlflow", FAKE)
    fake_mirror.reset(fail="log")
    settings = {"task.symbols": 4, "task.length": 8, "training.epochs": 6, "model.units": 4}
    with pytest.warns(UserWarning, match="The mirror mlflow stopped"):
        mirrored = echospan.run("stream", settings, store=tmp_path / "a", mirror=["mlflow"])
    plain = echospan.run("stream", settings, store=tmp_path / "b")
    assert mirrored.accuracy == plain.accuracy
    assert mirrored.loss == plain.loss

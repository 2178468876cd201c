"""A sheet that is cut anywhere and resumed is the sheet of an uninterrupted measurement."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
import warnings
from pathlib import Path
from typing import Any

import pytest

import echospan
from echospan.errors import ConfigError, RunNotFound, StoreError
from echospan.spans.api import span
from echospan.spans.keep.trials import StoredTrials
from echospan.store import LostRun, Store

SMALL: dict[str, Any] = {
    "protocol": "quick-1",
    "symbols": 2,
    "units": 4,
    "seeds": 1,
    "rates": [0.03],
    "updates": 100,
    "lags": [0, 1],
}
SEARCH: dict[str, Any] = {
    "protocol": "quick-1",
    "symbols": 4,
    "units": 8,
    "seeds": 2,
    "updates": 300,
    "largest": 4,
}
"""A search that tries rates, fails at a lag, and races the neighbours of the rate there."""


class After:
    """Asks to stop after a number of looks."""

    def __init__(self, looks: int) -> None:
        self.left = looks

    def __call__(self) -> bool:
        self.left -= 1
        return self.left < 0


class Kept:
    """Asks to stop once so many finished trials are kept."""

    def __init__(self, folder: Path, number: int) -> None:
        self.folder, self.number = folder, number

    def __call__(self) -> bool:
        return len(list(self.folder.glob("runs/*/parts/*.safetensors"))) >= self.number


def content(sheet: echospan.Sheet) -> dict[str, Any]:
    return {name: value for name, value in sheet.to_dict().items() if name != "seconds"}


@pytest.mark.slow
def test_a_sheet_that_was_stopped_goes_on_with_what_was_finished(tmp_path: Path) -> None:
    whole = span("gru", **SMALL)
    part = span("gru", **SMALL, store=tmp_path, stop=Kept(tmp_path, 1))
    assert part.interrupted
    with Store(tmp_path) as store:
        (listed,) = store.list()
        assert (listed.kind, listed.recipe, listed.state) == ("span", "span-gru", "interrupted")
        kept = store.get("latest:span-gru").parts()
        assert kept == ["lag-0-0.03-0-100"]
        before = (store.get("latest").path / "parts" / f"{kept[0]}.safetensors").stat()
    again = span(resume="latest", store=tmp_path)
    assert content(again) == content(whole)
    with Store(tmp_path) as store:
        run = store.get("latest")
        assert (run.state, run.parts()) == ("finished", [])
        assert run.summary.outcome == "span at least 1"
    assert before.st_size > 0
    # What is finished is given as it is.
    assert content(span(resume=listed.run_id, store=tmp_path)) == content(whole)


@pytest.mark.slow
@pytest.mark.parametrize("model", ["gru", "torch", "ridge"])
def test_cut_at_any_place_and_resumed_it_is_the_same_sheet(model: str, tmp_path: Path) -> None:
    given: Any = {"gru": "gru", "torch": torch_gru, "ridge": "esn"}[model]
    if model == "torch":
        pytest.importorskip("torch")
    settings = {**SEARCH, "units": None} if model == "torch" else SEARCH
    if model != "gru":
        settings = {**settings, "updates": 200, "largest": 2}
    wanted = content(span(given, **settings))
    cut = 0
    # A torch module trains seed by seed, so that one more cut takes half a minute.
    for parts in (0, 4) if model == "torch" else (0, 1, 4):
        folder = tmp_path / str(parts)
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            stop = Kept(folder, parts) if parts else After(3)
            part = span(given, **settings, store=folder, stop=stop)
            cut += part.interrupted
            again = {"model": given} if model == "torch" else {}
            if part.interrupted:
                # Twice: what was resumed may be cut again.
                span(**again, store=folder, resume="latest", stop=Kept(folder, parts + 2))
            found = span(**again, store=folder, resume="latest")
        assert content(found) == wanted
    assert cut > 1 or model == "ridge"


def torch_gru(symbols: int) -> Any:
    import torch

    class Model(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.memory = torch.nn.GRU(symbols, 8, batch_first=True)
            self.answer = torch.nn.Linear(8, symbols)

        def forward(self, x: Any, state: Any = None) -> Any:
            hidden, state = self.memory(x, state)
            return self.answer(hidden), state

    return Model()


KILLED = """
import echospan
echospan.span("gru", store={store!r}, **{settings!r})
"""


@pytest.mark.slow
def test_a_kill_loses_no_finished_trial(tmp_path: Path) -> None:
    wanted = content(span("gru", **SEARCH))
    code = KILLED.format(store=str(tmp_path), settings=SEARCH)
    process = subprocess.Popen([sys.executable, "-c", code], env=dict(os.environ))
    end = time.monotonic() + 120
    while len(list(tmp_path.glob("runs/*/parts/lag*"))) < 5 and time.monotonic() < end:
        time.sleep(0.02)
    process.send_signal(signal.SIGKILL)
    process.wait()
    with Store(tmp_path) as store:
        (listed,) = store.list()
        assert listed.state == "interrupted"
        there = store.get("latest").parts()
        assert len(there) >= 5
    read: list[str] = []
    original = StoredTrials.lookup

    def lookup(self: StoredTrials, key: Any, spec: Any) -> Any:
        found = original(self, key, spec)
        if found is not None:
            read.append(f"lag-{key.lag}-{key.rate!r}-{key.seed}-{key.updates}")
        return found

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(StoredTrials, "lookup", lookup)
        found = content(span(store=tmp_path, resume="latest"))
    assert found == wanted
    assert set(there) <= set(read)


@pytest.mark.slow
def test_a_cap_that_ended_it_can_be_raised_or_taken_away(tmp_path: Path) -> None:
    wanted = content(span("gru", **SEARCH))
    part = span("gru", **SEARCH, budget="800 updates", store=tmp_path)
    assert not part.interrupted
    assert part.protocol is not None
    assert "budget" in part.protocol.changed
    with Store(tmp_path) as store:
        assert store.get("latest").state == "interrupted"
    with pytest.raises(ConfigError, match="budget must be given: the stored one is spent"):
        span(store=tmp_path, resume="latest")
    more = span(store=tmp_path, resume="latest", budget="1500 updates")
    assert len(more.per_lag) >= len(part.per_lag)
    assert content(span(store=tmp_path, resume="latest", budget="none")) == wanted


@pytest.mark.slow
def test_code_that_changed_is_refused(tmp_path: Path) -> None:
    helper, file = tmp_path / "helper_of_cell.py", tmp_path / "mycell.py"
    helper.write_text("UNITS = 4\n")
    file.write_text(
        "import helper_of_cell\nimport keras\n\n\ndef Cell(symbols):\n"
        "    return keras.Sequential([keras.Input((None, symbols)), keras.layers.GRU("
        "helper_of_cell.UNITS, return_sequences=True), keras.layers.Dense(symbols)])\n"
    )
    settings = {**SMALL, "units": None, "lags": [0]}
    part = span(f"{file}:Cell", **settings, store=tmp_path / "runs", stop=lambda: True)
    assert part.model == "Cell"
    assert f"Made from {file}:Cell." in part.notes
    helper.write_text("UNITS = 5\n")
    with pytest.raises(StoreError, match=r"helper_of_cell\.py has changed since span-cell-"):
        span(store=tmp_path / "runs", resume="latest")
    helper.write_text("UNITS = 4\n")
    assert span(store=tmp_path / "runs", resume="latest").span_status == "at_least"


def test_a_stored_sheet_keeps_its_settings(tmp_path: Path) -> None:
    span("last-value", symbols=4, lags=[0], seeds=1, store=tmp_path, stop=lambda: True)
    with pytest.raises(ConfigError, match="seeds must be left out: a stored sheet keeps its own"):
        span(store=tmp_path, resume="latest", seeds=2)
    with pytest.raises(ConfigError, match="name must be left out"):
        span(store=tmp_path, resume="latest", name="other")
    with pytest.raises(RunNotFound, match="No run has the id"):
        span(store=tmp_path, resume="span-gru")
    with pytest.raises(ConfigError, match="model must be given, or else resume"):
        span(store=tmp_path)
    # The same value as it has is no other one.
    assert span(store=tmp_path, resume="latest", seeds=1).seeds == 1


def test_an_object_is_given_once_more(tmp_path: Path) -> None:
    from echospan.models import MODELS

    kind = MODELS.find("last-value")
    span(kind, symbols=4, lags=[0], seeds=1, store=tmp_path, stop=lambda: True)
    with pytest.raises(ConfigError, match="model must be given once more: it is an object"):
        span(store=tmp_path, resume="latest")
    assert span(kind, store=tmp_path, resume="latest").span_at_least == 0


def test_a_mistake_leaves_nothing_behind(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="Did you mean 'lstm'"):
        span("lstn", store=tmp_path / "runs")
    assert not (tmp_path / "runs").exists()


def test_what_cannot_be_written_is_measured_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*given: Any, **named: Any) -> None:
        raise StoreError("Cannot write: no space left on device.")

    monkeypatch.setattr("echospan.store.Run.save_part", full)
    with pytest.warns(UserWarning, match="A finished trial is not kept: Cannot write"):
        sheet = span("last-value", symbols=4, lags=[0, 1], seeds=1, store=tmp_path)
    assert sheet.span == 0
    with Store(tmp_path) as store:
        assert store.get("latest").state == "finished"


@pytest.mark.slow
def test_a_sheet_that_another_process_took_over_is_not_written_to(tmp_path: Path) -> None:
    taken: list[int] = []

    def stop() -> bool:
        if not taken:
            with Store(tmp_path) as other:
                # A slow machine asks while it still builds the model, before the sheet is kept.
                if not other.list():
                    return False
                taken.append(1)
                run = other.get("latest")
                record = other._index.read(run.id)
                assert record is not None
                from dataclasses import replace

                with other._index.transaction():
                    other._index.put(replace(record, token="another"))
        return False

    with pytest.raises(LostRun):
        span("gru", **SMALL, store=tmp_path, stop=stop)


def test_an_error_of_the_model_is_kept_as_a_failure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*given: Any) -> None:
        raise RuntimeError("broken on purpose")

    monkeypatch.setattr("echospan.spans.search.search.Search.run", broken)
    with pytest.raises(RuntimeError, match="broken on purpose"):
        span("last-value", symbols=4, lags=[0], seeds=1, store=tmp_path)
    with Store(tmp_path) as store:
        run = store.get("latest")
        assert run.state == "failed"
        assert "broken on purpose" in (run.load_failure() or "")

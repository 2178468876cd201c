from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from echospan.recipe import find
from echospan.runner import Observer, Session, run_recipe
from echospan.store import Store

TINY = {
    "task.symbols": 5,
    "task.length": 8,
    "model.units": 8,
    "training.sequences": 4,
    "training.batch_size": 4,
}
"""Laid over `stream`: compiles in about a second, an epoch takes microseconds."""


class Recorder(Observer):
    """Keeps what it is told."""

    def __init__(self) -> None:
        self.begun: list[tuple[str, int, int]] = []
        self.epochs: list[int] = []

    def begin(self, label: str, epochs: int, done: int = 0) -> None:
        self.begun.append((label, epochs, done))

    def progress(self, epoch: int, logs: Any) -> None:
        self.epochs.append(epoch)


class StopAfter:
    """Says stop once the observer has seen so many epochs."""

    def __init__(self, recorder: Recorder, epochs: int) -> None:
        self.recorder = recorder
        self.limit = epochs

    def __call__(self) -> bool:
        return bool(self.recorder.epochs) and self.recorder.epochs[-1] >= self.limit


def stored(folder: Path, run_id: str) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
    """The raw weights and history of a run."""
    from safetensors.numpy import load_file

    with Store(folder) as store:
        run = store.get(run_id)
        return load_file(run.path / "weights.safetensors"), run.load_history()


def assert_same(first: dict[str, np.ndarray], second: dict[str, np.ndarray]) -> None:
    """Bit for bit."""
    assert first.keys() == second.keys()
    for name, array in first.items():
        assert array.dtype == second[name].dtype, name
        assert array.tobytes() == second[name].tobytes(), name


def run(store: Store, recipe: str, settings: dict[str, Any], **options: Any) -> dict[str, Any]:
    return run_recipe(Session(store), find(recipe), settings, **options)[0]

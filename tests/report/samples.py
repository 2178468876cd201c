"""Made-up but well-formed results and runs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from echospan.errors import StoreError
from echospan.results.data import plain
from echospan.results.run import Grid, RunData, Variant
from echospan.store.contents import Contents

HOSTILE = '"><script>alert(1)</script> <img src=x onerror=y> $\\frac{1}{2}$ & [red]b[/red]'


def history(epochs: int = 60) -> dict[str, np.ndarray]:
    epoch = np.arange(1, epochs + 1, dtype=np.float64)
    return {
        "epoch": epoch,
        "loss": 4.6 * np.exp(-epoch / epochs * 5),
        "accuracy": 1 - 0.99 * np.exp(-epoch / epochs * 5),
    }


def result(**changes: Any) -> RunData:
    """As a run returns it."""
    return RunData.from_dict(stored(**changes))


def stored(**changes: Any) -> dict[str, Any]:
    """As a run's JSON has it."""
    inputs = [(7 * step + 3) % 100 for step in range(25)]
    expected: list[int | None] = [None, *inputs[:-1]]
    predicted = list(expected)
    predicted[5], predicted[20] = 98, 99
    positions = list(range(1, 25))
    made: dict[str, Any] = {
        "recipe": "window",
        "run_id": "run-1",
        "seed": 3,
        "accuracy": 0.998,
        "accuracy_interval": [0.996, 0.999],
        "confidence": 0.95,
        "scored": 4800,
        "sequences": 200,
        "chance": 0.01,
        "ceiling": 1.0,
        "epochs": 2000,
        "updates": 8000,
        "parameters": 35300,
        "loss": 0.004,
        "seconds": {"compile": 1.3, "train": 0.74, "evaluate": 0.05},
        "inputs": inputs,
        "expected": expected,
        "predicted": predicted,
        "accuracy_by_position": {
            "position": positions,
            "accuracy": [0.99 if step % 2 else 1.0 for step in positions],
            "interval": [[0.97, 1.0] for _ in positions],
        },
        "baselines": {
            "chance": {"accuracy": 0.0099, "interval": [0.008, 0.012]},
            "last-value": {"accuracy": 0.0104, "interval": [0.008, 0.013]},
        },
        "explanation": ["The answer lies inside the input.", "Guessing would be right at 1 %."],
    }
    found: dict[str, Any] = plain({**made, **changes})
    return found


def variants() -> list[Variant]:
    rows = [
        ("as-is/one", "rows as in the tutorial, one step", 0.0101),
        ("as-is/all", "rows as in the tutorial, through the sequence", 0.0099),
        ("aligned/one", "rows aligned, one step", 0.037),
        ("aligned/all", "rows aligned, through the sequence", 0.997),
    ]
    return [
        Variant.from_dict(
            {
                "name": name,
                "label": label,
                "settings": {"framing.rows": name},
                "accuracy": accuracy,
                "interval": [accuracy * 0.9, min(1.0, accuracy * 1.1)],
                "seeds": 3,
                "accuracies": [accuracy * 0.9, accuracy, min(1.0, accuracy * 1.1)],
                "parameters": 35300,
                "seconds": 3.1,
            }
        )
        for name, label, accuracy in rows
    ]


def grid(**changes: Any) -> Grid:
    made = {
        "rows": ["rows as in the tutorial", "rows aligned"],
        "columns": ["one step", "through the sequence"],
        "cells": [["as-is/one", "as-is/all"], ["aligned/one", "aligned/all"]],
    }
    return Grid.from_dict({**made, **changes})


def lag_variants() -> list[Variant]:
    return [
        Variant.from_dict(
            {
                "name": f"{units}-{lag}",
                "settings": {"task.lag": lag, "model.units": units},
                "accuracy": 1 / (1 + lag / units),
                "interval": [0.9 / (1 + lag / units), 1 / (1 + lag / units)],
                "seeds": 2,
                "seconds": {"compile": 1.0, "train": float(lag)},
            }
        )
        for units in (10, 20)
        for lag in (8, 1, 2)
    ]


def hidden(steps: int = 12, units: int = 6) -> dict[str, np.ndarray]:
    state = np.sin(np.arange(steps * units, dtype=np.float64)).reshape(steps, units)
    return {"symbols": np.arange(steps) + 40, "state": state}


def config() -> dict[str, Any]:
    return {
        "name": "window",
        "task": {"kind": "echo", "symbols": 100, "length": 25, "lag": 1},
        "framing": {"kind": "window", "window": 5},
        "model": {"kind": "lstm", "units": 50, "output": "classes"},
        "seed": 3,
    }


class MemoryRun:
    """A stored run held in memory; a piece that is None is missing, an exception is raised."""

    def __init__(self, path: Path, state: str = "finished", **pieces: Any) -> None:
        self.id, self.recipe, self.seed, self.state, self.path = "run-1", "window", 3, state, path
        self.pieces: dict[str, Any] = {
            "config": config(),
            "result": stored(),
            "history": history(),
            "hidden": hidden(),
            "environment": {"python": "3.11.9", "versions": {"keras": "3.15.1"}},
            **pieces,
        }

    @property
    def config(self) -> dict[str, Any]:
        return self._piece("config")

    def load_result(self) -> dict[str, Any]:
        return self._piece("result")

    def load_history(self) -> dict[str, Any]:
        return self._piece("history")

    def load_environment(self) -> dict[str, Any]:
        return self._piece("environment")

    def load_failure(self) -> str | None:
        return Contents.load_failure(self)

    def artifacts(self) -> list[str]:
        return [] if self.pieces["hidden"] is None else ["hidden"]

    def load_artifact(self, name: str) -> dict[str, Any]:
        return self._piece(name)

    def _piece(self, name: str) -> Any:
        piece = self.pieces[name]
        if piece is None:
            raise StoreError(f"The run run-1 has no {name}.")
        if isinstance(piece, Exception):
            raise piece
        return piece

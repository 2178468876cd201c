"""The mirrors' real libraries, offline: what of a run is in their files afterwards."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[2]
# `make slow` makes it; another one with the same libraries does, too.
PYTHON = Path(os.environ.get("ECHOSPAN_MIRRORS", ROOT / "benchmarks/.envs/mirrors/bin/python"))

SCRIPT = """
import sys
from echospan.mirrors import mirroring, observer
from echospan.observer import Observer

# The machine of a test may be busy.
observer.FINISH_SECONDS = 200.0

class Heard(Observer):
    def note(self, text):
        print(text)

with mirroring(Heard(), ["wandb", "trackio", "mlflow", "tensorboard"]) as mirrors:
    for seed in range(2):
        part = mirrors.part("window", 2)
        part.describe(f"window-{seed}", {"task": {"lag": 2}, "seed": seed, "none": None})
        for epoch in range(1, 6):
            part.progress(epoch, {"loss": 1 / epoch})
        part.result({"result/accuracy": 0.75})
"""


@pytest.fixture(scope="module")
def mirrored(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder in which two runs were mirrored to all libraries."""
    if not PYTHON.exists():
        pytest.skip("no environment of the mirrors: make slow makes it, where it can")
    folder = tmp_path_factory.mktemp("mirrors")
    done = subprocess.run(
        [PYTHON, "-c", SCRIPT],
        cwd=folder,
        env={
            **os.environ,
            "PYTHONPATH": str(ROOT / "src"),
            "TRACKIO_DIR": str(folder / "trackio"),
            "MLFLOW_TRACKING_URI": f"sqlite:///{folder}/mlflow.db",
        },
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "The mirror" not in done.stdout, done.stdout
    return folder


def _rows(file: Path, query: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(file)) as connection:
        return connection.execute(query).fetchall()


def test_mlflow_has_numbers_and_settings(mirrored: Path) -> None:
    file = mirrored / "mlflow.db"
    assert sorted(_rows(file, "select name, status from runs")) == [
        ("window-0", "FINISHED"),
        ("window-1", "FINISHED"),
    ]
    assert _rows(file, "select value from metrics where key = 'result/accuracy'") == [(0.75,)] * 2
    assert sorted(_rows(file, "select step from metrics where key = 'loss'")) == sorted(
        (step,) for step in range(1, 6) for _ in range(2)
    )
    assert ("task.lag", "2") in _rows(file, "select key, value from params")


def test_trackio_has_numbers(mirrored: Path) -> None:
    rows = _rows(mirrored / "trackio" / "echospan.db", "select run_name, metrics from metrics")
    kept = [(name, json.loads(metrics)) for name, metrics in rows]
    for seed in range(2):
        own = [metrics for name, metrics in kept if name == f"window-{seed}"]
        assert [metrics["loss"] for metrics in own if "loss" in metrics] == [
            1 / epoch for epoch in range(1, 6)
        ]
        assert any(metrics.get("result/accuracy") == 0.75 for metrics in own)


def test_weights_and_biases_wrote_runs_offline(mirrored: Path) -> None:
    files = list((mirrored / "wandb").glob("offline-run-*/run-*.wandb"))
    assert len(files) == 2
    assert all(b"result/accuracy" in file.read_bytes() for file in files)


def test_tensorboard_has_a_folder_a_run(mirrored: Path) -> None:
    for seed in range(2):
        (file,) = (mirrored / "tensorboard" / f"window-{seed}").iterdir()
        content = file.read_bytes()
        assert b"result/accuracy" in content
        assert b"task.lag = 2" in content

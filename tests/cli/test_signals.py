"""Signals in each phase of long work: the process ends, and the store says what became of it."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(os.name == "nt", reason="sends signals"),
]

LATE = 120
"""Seconds after which a process counts as hanging."""

GIANT = """
def given():
    import keras
    import numpy as np
    model = keras.Sequential([
        keras.layers.LSTM(2000, return_sequences=True), keras.layers.Dense(3)])
    model.compile("adam", "mse")
    x = np.random.default_rng(0).normal(size=(64, 400, 2))
    return {"model": model, "x": x, "y": x[..., :1].repeat(3, -1), "batch_size": 64}
"""

LONG = ["--set", "training.sequences=100000", "--no-variants"]
PHASES = {
    "building": (["run", "window", "--units", "2500", "--no-variants"], 0),
    "inside an epoch": (["run", "window", *LONG], 15),
    "judging": (
        [
            *("run", "stream", "--epochs", "1", "--no-variants"),
            *("--set", "evaluation.sequences=1000000"),
        ],
        12,
    ),
    "many seeds": (["run", "stream", "--seeds", "300", "--epochs", "100000"], 0),
}


def ended(folder: Path, arguments: list[str], number: int, after: float, runs: bool) -> int:
    """Start a command, send it a signal once it works, and wait for its end; the exit code."""
    process = subprocess.Popen(
        [sys.executable, "-m", "echospan", *arguments],
        cwd=folder,
        env={**os.environ, "ECHOSPAN_STORE": str(folder / "runs")},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        until = time.monotonic() + LATE
        while runs and not list(folder.glob("runs/runs/*")) and time.monotonic() < until:
            time.sleep(0.02)
        time.sleep(2 + after)
        assert process.poll() is None, process.communicate()
        process.send_signal(number)
        out, errors = process.communicate(timeout=LATE)
    finally:
        process.kill()
    assert "Traceback" not in errors
    assert "Stopped." in errors
    assert out == ""
    return process.returncode


@pytest.mark.parametrize(
    ("phase", "number"),
    [*((phase, signal.SIGTERM) for phase in PHASES), ("inside an epoch", signal.SIGINT)],
)
def test_a_run_ends_and_can_be_resumed(tmp_path, phase, number):
    arguments, after = PHASES[phase]
    assert ended(tmp_path, arguments, number, after, runs=True) == 130
    with sqlite3.connect(tmp_path / "runs" / "index.sqlite") as index:
        states = {state for (state,) in index.execute("SELECT state FROM runs")}
    assert states == {"interrupted"}


def test_a_span_ends_while_its_model_is_built(tmp_path):
    arguments = ["span", "lstm", "--units", "4000"]
    assert ended(tmp_path, arguments, signal.SIGTERM, 6, runs=False) == 130


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_check_ends(tmp_path, number):
    (tmp_path / "giant.py").write_text(GIANT)
    code = ended(tmp_path, ["check", "giant.py:given", "--thorough"], number, 8, runs=False)
    assert code == (130 if number == signal.SIGINT else 143)

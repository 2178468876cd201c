"""Ctrl-C once, twice and more often: one line, exit code 130, and what was done is kept."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from echospan.observer import Stop

pytestmark = pytest.mark.slow


def pressed(folder: Path, *arguments: str, gaps: tuple[float, ...]) -> tuple[int, str, str]:
    """Start a command, press Ctrl-C in its terminal after a while, and again after each gap."""
    process = subprocess.Popen(
        [sys.executable, "-m", "echospan", *arguments],
        cwd=folder,
        env={**os.environ, "ECHOSPAN_STORE": str(folder / "runs")},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    until = time.monotonic() + 60
    while not list(folder.glob("runs/runs/*")) and time.monotonic() < until:
        time.sleep(0.02)
    time.sleep(2)
    for gap in (0.0, *gaps):
        time.sleep(gap)
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGINT)
    out, errors = process.communicate(timeout=60)
    return process.returncode, out, errors


@pytest.mark.parametrize("gaps", [(), (0.01, 0.01), (0.3,), (0.3, 0.3), (0.3, 0.1, 0.3, 0.3)])
def test_every_number_of_presses_says_one_line(tmp_path, gaps):
    code, out, errors = pressed(tmp_path, "run", "window", "--epochs", "9000000", gaps=gaps)
    assert (code, out) == (130, "")
    (line,) = errors.splitlines()
    (run,) = (folder.name for folder in (tmp_path / "runs" / "runs").glob("window-*"))
    whole = f"Stopped. Go on with: echospan run --resume {run}"
    # On a busy machine tidying up can last until one of many presses counts as a new one.
    assert line == whole or (len(gaps) > 2 and line == "Stopped.")


@pytest.mark.parametrize("presses", [1, 2, 5])
def test_nothing_interrupts_the_writing_of_a_result(monkeypatch, presses):
    now = [100.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        stop = Stop()
        with stop.on_interrupt(), stop.keeping():
            for _ in range(presses):
                signal.raise_signal(signal.SIGINT)
                now[0] += 1
        assert stop()
    finally:
        signal.signal(signal.SIGINT, before)


def test_the_second_press_interrupts_once(monkeypatch):
    now = [100.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        stop = Stop()
        with stop.on_interrupt():
            for _ in range(2):  # The same press, told to the group and passed on.
                signal.raise_signal(signal.SIGINT)
            assert stop()
            now[0] += 1
            with pytest.raises(KeyboardInterrupt):
                signal.raise_signal(signal.SIGINT)
            now[0] += 1
            signal.raise_signal(signal.SIGINT)
            now[0] += 10
            with pytest.raises(KeyboardInterrupt):
                signal.raise_signal(signal.SIGINT)
    finally:
        signal.signal(signal.SIGINT, before)

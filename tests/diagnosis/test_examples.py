"""The examples of `diagnose`: six cases whose weakest link is known."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[2] / "examples" / "diagnose"

CASES = {
    "short_window.py:arguments": ("framing", 0),
    "too_short.py:arguments": ("training", 0),
    "too_short.py:sound": ("none", 0),
    "noise.py:arguments": ("data", 0),
    "mistake.py:arguments": ("framing", 1),
    "stateful.py:sound": ("none", 0),
}
"""The weakest link and the exit code of each."""


@pytest.mark.slow
@pytest.mark.parametrize("case", CASES)
def test_the_weakest_link_of_an_example(case):
    pytest.importorskip("keras" if case.startswith(("mistake", "stateful")) else "torch")
    pytest.importorskip("lightgbm")
    done = subprocess.run(
        [sys.executable, "-m", "echospan", "diagnose", case, "--json"],
        cwd=FOLDER, capture_output=True, text=True, encoding="utf-8", timeout=600,
    )  # fmt: skip
    link, code = CASES[case]
    assert done.returncode == code, done.stderr
    found = json.loads(done.stdout)
    assert found["weakest_link"] == link, found["explanation"]
    if case.startswith("short_window"):
        assert found["needs"] == 12
        assert found["framing_reach"] == 6
        assert found["remedy"].startswith("window=12")
        assert "held-out loss" in found["remedy"]
    if case.startswith("mistake"):
        assert (found["needs"], found["framing_reach"]) == (2, 1)
        assert found["findings"][0]["code"] == "state-row-mismatch"

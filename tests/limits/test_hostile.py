"""Hostile numbers in every numeric option, in a process with little memory."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from limits import generated

TRAIN = """
def arguments():
    import keras
    import numpy as np

    x = np.random.default_rng(0).normal(size=(64, 5, 1)).astype("float32")
    model = keras.Sequential([keras.Input((5, 1)), keras.layers.LSTM(4), keras.layers.Dense(1)])
    model.compile("adam", "mse")
    return {"model": model, "x": x, "y": x[:, 0]}
"""


@pytest.mark.slow
def test_no_number_gets_through(trained: Path, tmp_path: Path) -> None:
    (tmp_path / "train.py").write_text(TRAIN)
    (tmp_path / "rides.csv").write_text("stops\n" + "3\n5\n3\n4\n" * 50)
    lines = [[line, None] for line in generated.options(("-1", "1000000000000", "1e308", "nan"))]
    lines += [[line, None] for line in generated.texts()]
    tests = Path(__file__).parents[1]
    environment = {
        **os.environ,
        "ECHOSPAN_STORE": str(shutil.copytree(trained, tmp_path / "runs")),
        "COLUMNS": "100",
        "PYTHONPATH": os.pathsep.join([str(tests), os.environ.get("PYTHONPATH", "")]),
    }
    done = subprocess.run(
        [sys.executable, "-m", "limits.child"],
        input=json.dumps(lines),
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env=environment,
        check=True,
    )
    ended = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(ended) == len(lines)
    for one in ended:
        # A number may be sound: a seed, a batch of all samples, a budget that is never used up.
        assert one["code"] in (0, 1, 2), one
        if one["code"] == 2:
            said = [line for line in one["err"].splitlines() if not line.startswith("warning")]
            assert len(said) == 1 or said[0].startswith("Usage"), one
            assert "Traceback" not in one["err"], one

"""The bench of planted faults in Keras layers: all on torch, some on JAX."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

TESTS = Path(__file__).parents[1]

pytestmark = pytest.mark.slow


def test_all_are_found_on_torch_and_each_sound_twin_conforms():
    paths = os.pathsep.join([str(TESTS), *sys.path])
    done = subprocess.run(
        [sys.executable, "-W", "ignore", str(TESTS / "conform" / "bench" / "on_torch.py")],
        env={**os.environ, "PYTHONPATH": paths, "KERAS_BACKEND": "torch"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]


@pytest.mark.parametrize("fault", ["lost", "in the module", "one layer restarts"])
def test_it_is_found_on_jax(fault):
    from conform.bench.keras_faults import FAULTS
    from echospan.conformance.conform import conform

    planted = next(each for each in FAULTS if each.fault == fault)
    report = conform(planted.make(fault), checks=planted.found)
    assert {check.name for check in report.faults} >= set(planted.found)

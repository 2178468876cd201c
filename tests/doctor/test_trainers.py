"""The tests of the trainers' callbacks, in the environment that has their libraries."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PYTHON = ROOT / "benchmarks" / ".envs" / "trainers" / "bin" / "python"


@pytest.mark.slow
@pytest.mark.skipif(not PYTHON.exists(), reason="make slow makes the environment")
@pytest.mark.parametrize("library", ["lightning", "transformers"])
def test_the_callbacks_run_in_the_real_trainers(library: str) -> None:
    tests = ROOT / "tests" / "doctor" / "trainers" / f"test_{library}.py"
    done = subprocess.run(
        [str(PYTHON), "-m", "pytest", "-q", "-p", "no:cacheprovider", str(tests)],
        env={**os.environ, "PYTHONPATH": str(ROOT / "src"), "HF_HUB_OFFLINE": "1"},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-3000:]
    assert "passed" in done.stdout
    assert "skipped" not in done.stdout


@pytest.mark.parametrize("library", ["lightning", "transformers"])
def test_without_its_library_a_callback_says_what_to_install(library: str) -> None:
    blocked = f"sys.modules[{library!r}] = sys.modules['pytorch_lightning'] = None"
    code = (
        f"import sys; {blocked}\n"
        "import echospan\n"
        "from echospan.errors import MissingExtra\n"
        f"try:\n    import echospan.{library}\n"
        "except MissingExtra as error:\n    print(error)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert f"pip install 'echospan[{library}]'" in done.stdout

"""Models of transformers: their tests run in the environment that has the library."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from studies.conform.page import page

ROOT = Path(__file__).parents[2]
PYTHON = ROOT / "benchmarks" / ".envs" / "trainers" / "bin" / "python"


@pytest.mark.slow
@pytest.mark.skipif(not PYTHON.exists(), reason="make slow makes the environment")
def test_models_of_transformers_are_run() -> None:
    tests = ROOT / "tests" / "adapters" / "huggingface"
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


def test_without_transformers_it_says_what_to_install() -> None:
    code = (
        "import sys; sys.modules['transformers'] = None\n"
        "from echospan.adapters.huggingface import stateful_of\n"
        "from echospan.errors import MissingExtra\n"
        "try:\n    stateful_of('GPT2LMHeadModel')\n"
        "except MissingExtra as error:\n    print(error)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "pip install 'echospan[transformers]'" in done.stdout


def test_the_table_names_faults_and_what_was_not_checked() -> None:
    check = {"name": "chunks", "verdict": "fault", "difference": 2.0, "spread": 0.5}
    found = {
        "MambaForCausalLM": {
            "name": "MambaForCausalLM",
            "versions": {"transformers": "9.9"},
            "verdict": "fault",
            "cpu_seconds": 3.2,
            "checks": [{**check, "smallest_case": {"batch": 1, "cuts": [1, 2]}}],
        },
        "GPT2LMHeadModel": {"name": "GPT2LMHeadModel", "verdict": "timeout", "reason": "900 s."},
    }
    older = {name: {**row, "versions": {"transformers": "9.8"}} for name, row in found.items()}
    older["MambaForCausalLM"] |= {"verdict": "conforms", "checks": []}
    text = page([older, found], "1 May", "a machine")
    assert "| class | 9.8 | s | 9.9 | s |" in text
    assert (
        "| `MambaForCausalLM` | conforms | 3 | **fault**: chunks ([1, 2], batch 1; 2 / 0.5) | 3 |"
        in text
    )
    assert "- transformers 9.9: 2 classes: 1 have a fault, 1 took too long." in text
    assert "| not checked: time limit: 900 s. |" in text

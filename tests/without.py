"""Run Python as if some packages were not installed."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

HIDE = """
import sys

class Hidden:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {names!r}:
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)

sys.meta_path.insert(0, Hidden())
"""

HEAVY = ("jax", "jaxlib", "keras", "scipy", "safetensors", "matplotlib", "polars", "lightgbm")
"""What no use of the core needs, but torch, which a user brings along."""


def without(
    packages: Sequence[str], code: str, folder: Path, **variables: str
) -> subprocess.CompletedProcess[str]:
    """Run `code` in a process, and in those that it starts, in which the packages can't be found.

    Args:
        packages: Names under which they are imported.
        code: Python.
        folder: Where it runs; a folder of the test's own.
        **variables: Of the environment, beside this process's own.
    """
    site = folder / "hidden-site"
    site.mkdir(exist_ok=True)
    # Python imports it at start.
    (site / "sitecustomize.py").write_text(HIDE.format(names=set(packages)), "utf-8")
    tests = str(Path(__file__).parent)
    path = os.pathsep.join([str(site), tests, os.environ.get("PYTHONPATH", "")])
    kept = {name: value for name, value in os.environ.items() if name != "KERAS_BACKEND"}
    return subprocess.run(
        [sys.executable, "-c", code],
        cwd=folder,
        env={**kept, "PYTHONPATH": path, **variables},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )

"""Where the peers' Pythons are, and how to make them.

Each list of pins ``pins/NAME.txt`` becomes a virtual environment ``FOLDER/NAME``. A peer whose
environment is not there runs in echospan's own, if what it needs can be imported.
"""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
import venv
from collections.abc import Callable
from importlib import resources
from pathlib import Path

from echospan.errors import ConfigError


def names() -> list[str]:
    """The environments there are pins for."""
    pins = resources.files("benchmarks") / "pins"
    return sorted(each.name.removesuffix(".txt") for each in pins.iterdir())


def default_folder() -> Path:
    """Beside the user's other caches."""
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "echospan" / "peers"


def python_of(folder: Path, name: str) -> Path:
    """The interpreter of environment `name`, whether or not it exists yet."""
    return folder / name / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def find_python(folder: Path, name: str, needs: tuple[str, ...]) -> Path | None:
    """The Python for a peer: of its environment, else this one if it has what the peer needs."""
    python = python_of(folder, name)
    if name and python.exists():
        return python
    if all(importlib.util.find_spec(module) for module in needs):
        return Path(sys.executable)
    return None


def install(folder: Path, say: Callable[[str], None]) -> None:
    """Make each environment that is not there yet, and bring all to their pins.

    One that cannot be made is told of; its peers are then shown as not measured.

    Raises:
        ConfigError: An environment is a link: what is installed would go elsewhere.
    """
    for name in names():
        if (folder / name).is_symlink():
            raise ConfigError(
                "--envs",
                "a folder whose environments are no links",
                str(folder / name),
                "Give the folder that holds the environment itself.",
            )
        say(f"{name}: {folder / name}")
        python = python_of(folder, name)
        if not python.exists():
            venv.create(folder / name, with_pip=True)
        pins = resources.files("benchmarks") / "pins" / f"{name}.txt"
        with resources.as_file(pins) as path:
            pip = [str(python), "-m", "pip", "install", "--quiet", "-r", str(path)]
            done = subprocess.run(pip, stdout=sys.stderr)
        if done.returncode:
            say(f"{name}: pip ended with code {done.returncode}; its message stands above")

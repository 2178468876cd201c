"""Make an environment: find the interpreter, make the folder, let pip install."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import IO

from tools.environments.table import ROOT, Environment, project

FOLDER = ROOT / ".envs"
"""Where they are made; git ignores it."""

REPORTED = ("jax", "jaxlib", "keras", "numpy", "scipy", "torch")
"""Packages whose versions the page names."""


class CannotMake(Exception):
    """Why an environment can't be made."""


def python_of(environment: Environment) -> Path:
    """Its interpreter, made or not."""
    below = "Scripts/python.exe" if os.name == "nt" else "bin/python"
    return FOLDER / environment.name / below


def interpreter(version: str) -> Path:
    """A Python of that version: on the path, or one that pyenv keeps.

    Raises:
        CannotMake: There is none.
    """
    kept = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv") / "versions"
    candidates = [f"python{version}", *sorted(map(str, kept.glob(f"{version}.*/bin/python")))]
    for each in candidates:
        found = shutil.which(each)
        if found and _version(found) == version:
            return Path(found)
    raise CannotMake(f"No Python {version} was found, neither on the path nor in {kept}")


def _version(python: str) -> str:
    code = "import sys; print('%d.%d' % sys.version_info[:2])"
    # pyenv's stand-ins are on the path for each version, chosen or not, and fail.
    done = subprocess.run([python, "-c", code], capture_output=True, text=True)
    return done.stdout.strip()


def make(environment: Environment, wheel: Path, log: Path) -> Path:
    """Make the environment, or bring it up to date; its Python.

    The packages are kept while what is asked for stays the same; echospan is installed anew
    whenever its wheel is another one.

    Raises:
        CannotMake: There is no interpreter, or pip fails.
    """
    python, stamp = python_of(environment), FOLDER / environment.name / "stamp.json"
    wanted = {"packages": _asked(environment), "wheel": _digest(wheel)}
    have = json.loads(stamp.read_text("utf-8")) if stamp.exists() else {}
    if have == wanted:
        return python
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("w", encoding="utf-8") as out:
        extras = f"[{','.join(environment.extras)}]" if environment.extras else ""
        pip = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        if have.get("packages") != wanted["packages"]:
            shutil.rmtree(FOLDER / environment.name, ignore_errors=True)
            base = str(interpreter(environment.python))
            _called([base, "-m", "venv", str(FOLDER / environment.name)], out)
            _called([*pip, f"{wheel}{extras}", *environment.requirements()], out)
        else:
            _called([*pip, "--no-deps", "--force-reinstall", str(wheel)], out)
    stamp.write_text(json.dumps(wanted), "utf-8")
    return python


def _called(command: list[str], out: IO[str]) -> None:
    done = subprocess.run(command, stdout=out, stderr=subprocess.STDOUT)
    if done.returncode:
        raise CannotMake(f"{' '.join(command[:4])} ended with {done.returncode}; see the log")


def _asked(environment: Environment) -> str:
    ranges = [project()[key] for key in ("dependencies", "optional-dependencies")]
    asked = [environment.python, environment.extras, environment.requirements(), ranges]
    return hashlib.sha256(json.dumps(asked).encode()).hexdigest()


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def versions(python: Path) -> dict[str, str]:
    """Of the interpreter and of `REPORTED`, as they are installed."""
    code = (
        "import json, platform; from importlib import metadata as m\n"
        "names = {d.metadata['Name'].lower(): d.version for d in m.distributions()}\n"
        "print(json.dumps({'python': platform.python_version(), **names}))"
    )
    done = subprocess.run([str(python), "-c", code], capture_output=True, text=True, check=True)
    all_of_them: dict[str, str] = json.loads(done.stdout)
    return {name: all_of_them[name] for name in ("python", *REPORTED) if name in all_of_them}

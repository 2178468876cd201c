"""A Python environment of its own with some of the packages that are installed here, and no others.

Nothing is downloaded: the new environment's folder of packages holds links to the packages that a
requirement brings with it, as their own metadata says. Python finds nothing else in it.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tomllib
import venv
from importlib import metadata
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parent.parent


class Fresh:
    """An environment with echospan and what some of its extras bring.

    Args:
        folder: Where it is made.
        extras: Names of echospan's extras.
        also: Further requirements, such as "torch".
    """

    def __init__(self, folder: Path, extras: tuple[str, ...] = (), also: tuple[str, ...] = ()):
        self.folder = folder / "env"
        venv.create(self.folder, with_pip=False)
        self.python = self.folder / "bin" / "python"
        (self.packages,) = self.folder.glob("lib/python*/site-packages")
        self.installed = closure([*own_requirements(extras), *also])
        for name in sorted(self.installed):
            self._link(metadata.distribution(name))
        # The version as this environment has it; the code itself is that of this checkout.
        own, about = metadata.distribution("echospan"), self.packages / "echospan-0.dist-info"
        about.mkdir()
        told = own.read_text("METADATA") or own.read_text("PKG-INFO") or ""
        (about / "METADATA").write_text(told, "utf-8")
        (self.packages / "echospan.pth").write_text(str(ROOT / "src"), "utf-8")

    def _link(self, one: metadata.Distribution) -> None:
        tops = {file.parts[0] for file in one.files or () if file.parts[0] not in ("..", "/")}
        for top in tops - {"__pycache__"}:
            if not (self.packages / top).exists():
                os.symlink(one.locate_file(top), self.packages / top)

    def run(self, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
        """Run its Python, beside the environment's folder."""
        left = ("PYTHONPATH", "PYTHONHOME", "KERAS_BACKEND")
        kept = {name: value for name, value in os.environ.items() if name not in left}
        return subprocess.run(
            [str(self.python), *arguments],
            cwd=self.folder.parent,
            env={**kept, **variables},
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )


def own_requirements(extras: tuple[str, ...]) -> list[str]:
    """What pyproject.toml asks for, with these extras."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    optional = project["optional-dependencies"]
    return [*project["dependencies"], *(each for extra in extras for each in optional[extra])]


def closure(requirements: list[str]) -> set[str]:
    """Names of the installed packages that the requirements bring with them.

    Raises:
        metadata.PackageNotFoundError: One is not installed.
    """
    found: set[str] = set()
    left = [Requirement(text) for text in requirements]
    while left:
        wanted = left.pop()
        name = canonicalize_name(wanted.name)
        if name in found:
            continue
        found.add(name)
        for text in metadata.distribution(name).requires or ():
            inner = Requirement(text)
            marks = [{"extra": extra} for extra in ("", *wanted.extras)]
            if inner.marker is None or any(inner.marker.evaluate(mark) for mark in marks):
                left.append(inner)
    return found


if __name__ == "__main__":
    # python fresh.py FOLDER [EXTRA ...]: to look around in one.
    print(Fresh(Path(sys.argv[1]), tuple(sys.argv[2:])).python)

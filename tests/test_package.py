"""What an installed package holds, and what stays in the repository."""

from __future__ import annotations

import tomllib
from pathlib import Path

from setuptools import find_packages

ROOT = Path(__file__).resolve().parent.parent
SETTINGS = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["setuptools"]


def test_the_wheel_holds_the_package_alone():
    (source,) = SETTINGS["packages"]["find"]["where"]
    packages = find_packages(str(ROOT / source))
    assert {name.partition(".")[0] for name in packages} == {"echospan"}
    assert not {"bench", "benchmarks", "studies", "verify"} & {
        part for name in packages for part in name.split(".")
    }


def test_the_wheel_holds_every_data_file():
    package = ROOT / "src" / "echospan"
    (patterns,) = SETTINGS["package-data"].values()
    held = {path for pattern in patterns for path in package.glob(pattern)}
    data = {
        path
        for path in package.rglob("*")
        if path.is_file()
        and "__pycache__" not in path.parts
        and path.suffix not in {".py", ".cpp", ".h", ".inc", ".map", ".so"}
    }
    assert data == held

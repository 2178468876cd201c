"""What `table.toml` says, and the versions at the lower end of pyproject.toml's ranges."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
TABLE = Path(__file__).with_name("table.toml")
PROJECT = ROOT / "pyproject.toml"

RANGE = re.compile(r"([A-Za-z0-9_.-]+)\s*(?:\[[^\]]*\])?\s*>=\s*([0-9][^,;\s]*)")
EXTRA = re.compile(r"echospan\[([^\]]+)\]")


@dataclass(frozen=True)
class Environment:
    """One environment of the table.

    Attributes:
        name: Its name, that of its folder too.
        python: Version of the interpreter, as "3.12".
        about: What it stands for.
        lowest: Every dependency at the lower end of its range.
        extras: echospan's extras.
        packages: What pip is asked for beside them.
        jobs: Names of what is run.
        ci: Names of what CI runs.
    """

    name: str
    python: str
    about: str
    lowest: bool = False
    extras: tuple[str, ...] = ()
    packages: tuple[str, ...] = ()
    jobs: tuple[str, ...] = ()
    ci: tuple[str, ...] = ()

    def requirements(self) -> list[str]:
        """What pip is asked for beside echospan, sorted."""
        low = lower_ends(project(), self.extras) if self.lowest else []
        return sorted([*self.packages, *low])


def environments(path: Path = TABLE) -> list[Environment]:
    """All of the table, in its order."""
    read: dict[str, dict[str, Any]] = tomllib.loads(path.read_text("utf-8"))
    return [Environment(name, **_frozen(row)) for name, row in read.items()]


def _frozen(row: dict[str, Any]) -> dict[str, Any]:
    return {key: tuple(cell) if isinstance(cell, list) else cell for key, cell in row.items()}


def project() -> dict[str, Any]:
    """The table `project` of pyproject.toml."""
    read: dict[str, Any] = tomllib.loads(PROJECT.read_text("utf-8"))["project"]
    return read


def lower_ends(project: dict[str, Any], extras: Iterable[str]) -> list[str]:
    """The least version of each dependency, as ``name==version``.

    What only tests use is left as it is: its versions are no promise to a user.
    """
    wanted = list(project["dependencies"])
    waiting = [extra for extra in extras if extra != "test"]
    while waiting:
        for line in project["optional-dependencies"][waiting.pop()]:
            if found := EXTRA.match(line):
                waiting += re.split(r"\s*,\s*", found[1])
            else:
                wanted.append(line)
    ends: dict[str, str] = {}
    for end in filter(None, map(RANGE.match, wanted)):
        ends[end[1]] = max(end[2], ends.get(end[1], "0"), key=_numbers)
    return [f"{name}=={version}" for name, version in sorted(ends.items())]


def _numbers(version: str) -> list[int]:
    return [int(part) for part in version.split(".")]

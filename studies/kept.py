"""What was measured before: one line a row in the cache folder, so that a table can go on."""

from __future__ import annotations

import ast
import hashlib
import inspect
import json
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache, partial
from importlib import metadata
from pathlib import Path
from typing import Any

from echospan.program_cache import open_own
from studies.measured import Measured
from studies.references import Reference
from studies.row import Row

HERE = Path(__file__).parent
PACKAGES = ("echospan", "jax", "keras", "numpy", "cogscale")


@dataclass(frozen=True)
class Line:
    """A measurement.

    Attributes:
        measured: What came out.
        seconds: That it took.
    """

    measured: Measured
    seconds: float


class Kept:
    """Measurements in a file, by what made them.

    A line counts for a row as long as the row's own code in `studies`, its reference and the
    versions of the packages are the same. Changes elsewhere in a development version of echospan
    are not noticed: measure anew after these.

    Args:
        file: Where they are; None keeps nothing. So does a file that is a link or a device, and
            one in a folder that is a link or another user's.

    Attributes:
        file: Where they are; None where nothing is kept.
        problem: Why the last one could not be kept; empty where it was.
    """

    def __init__(self, file: Path | None) -> None:
        self.file = file if file is not None and _fit(file) else None
        self._lines = dict(_read(self.file)) if self.file is not None else {}
        self.problem = ""

    def get(self, row: Row, reference: Reference) -> Line | None:
        """What was measured for the row, if anything was."""
        return self._lines.get(fingerprint(row, reference))

    def put(self, row: Row, reference: Reference, line: Line) -> None:
        """Keep it, in place of what was measured before.

        A full disk is no reason to lose what was measured: `problem` then says so.
        """
        if self.file is None:
            return
        key = fingerprint(row, reference)
        self._lines[key] = line
        plain = {
            "key": key,
            "row": row.name,
            "measured": line.measured.to_dict(),
            "seconds": line.seconds,
        }
        try:
            self.file.parent.mkdir(parents=True, exist_ok=True)
            with open_own(self.file.parent) as folder:
                handle = folder.open(self.file.name, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
            with os.fdopen(handle, "a", encoding="utf-8") as file:
                file.write(json.dumps(plain) + "\n")
        except OSError as error:
            self.problem = f"{self.file} can't be written: {error.strerror}"


def _fit(file: Path) -> bool:
    """Whether lines can be kept there, as far as can be seen before the first one."""
    if not os.path.lexists(file.parent):
        return True
    try:
        with open_own(file.parent) as folder:
            return folder.kind(file.name) in ("missing", "file")
    except OSError:
        return False


def _read(file: Path) -> Iterator[tuple[str, Line]]:
    try:
        with open_own(file.parent) as folder:
            handle = folder.open(file.name, os.O_RDONLY)
        with os.fdopen(handle, encoding="utf-8", errors="replace") as opened:
            text = opened.read()
    except OSError:
        return
    for each in text.splitlines():
        try:
            plain = json.loads(each)
            line = Line(Measured.from_dict(plain["measured"]), float(plain["seconds"]))
            yield str(plain["key"]), line
        # A line that was cut off when its writer was killed.
        except (ValueError, LookupError, TypeError):
            continue


def fingerprint(row: Row, reference: Reference) -> str:
    """What decides the number: the row's code, its reference, the versions."""
    content = [
        row.name,
        [reference.value, reference.rate],
        [_code(file) for file in _files(row.measure)],
        [_version(package) for package in PACKAGES],
    ]
    return hashlib.sha256(json.dumps(content).encode()).hexdigest()[:20]


def _files(measure: Callable[..., Any]) -> list[Path]:
    """The module that measures, with its package where it has one of its own."""
    while isinstance(measure, partial):
        measure = measure.func
    source = inspect.getsourcefile(measure)
    if source is None:
        return []
    file = Path(source)
    if file.parent != HERE and HERE in file.parents:
        return sorted(file.parent.glob("*.py"))
    return [file, HERE / "training.py"]


@cache
def _code(file: Path) -> str:
    """What the file does: without comments, docstrings and layout."""
    tree = ast.parse(file.read_text("utf-8"))
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        if isinstance(body, list):
            node.body = [each for each in body if not _says_only(each)]  # type: ignore[attr-defined]
    return hashlib.sha256(ast.dump(tree).encode()).hexdigest()


def _says_only(node: ast.AST) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def _version(package: str) -> str:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return ""

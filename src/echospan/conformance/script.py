"""A program that shows a fault without echospan."""

from __future__ import annotations

from collections.abc import Iterator

from echospan.adapters.stateful import StatefulModel
from echospan.conformance.case import Case
from echospan.conformance.checks.base import Check

TAIL = (
    "print('found    ', np.ravel(found)[-4:])",
    "print('expected ', np.ravel(expected)[-4:])",
    "difference = np.abs(found - expected).max()",
    "print(f'largest difference: {difference:.3g}; spread of the answers: {expected.std():.3g}')",
)

SHAPES = (
    "print('shape found    ', found.shape)",
    "print('shape expected ', expected.shape)",
)
"""In place of it, if the outputs have a wrong shape."""


def written(model: StatefulModel, check: Check, case: Case, shapes: bool = False) -> str:
    """Write the program for one case; empty where it can't be written.

    Args:
        model: The model.
        check: What it fails.
        case: The smallest case.
        shapes: Whether the shapes differ, and not only the values.
    """
    script = model.script()
    lines = check.script(case)
    if script is None or not lines:
        return ""
    missing = [name for name in _called(lines) if name in _OPTIONAL and name not in script.parts]
    if missing:
        return ""
    parts = [
        ["import numpy as np", *(line for line in script.build if line != "import numpy as np")],
        list(script.inputs),
        list(script.run),
        *[list(script.parts[name]) for name in _called(lines) if name in script.parts],
        [*(f"# {sentence}" for sentence in (f"{check.title}.",)), *lines],
        list(SHAPES if shapes else TAIL),
    ]
    return "\n\n".join("\n".join(part) for part in parts) + "\n"


_OPTIONAL = ("save", "rows", "reset", "crop", "packed")


def _called(lines: tuple[str, ...]) -> Iterator[str]:
    """Names of the optional functions that the lines call."""
    text = "\n".join(lines)
    return (name for name in _OPTIONAL if f"{name}(" in text)

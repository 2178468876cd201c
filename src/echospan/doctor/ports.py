"""The inputs and outputs of a model that has several, by the names that its user gives them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from echospan.doctor.catalogue import entry
from echospan.doctor.streams import absent_steps


@dataclass(frozen=True, eq=False)
class Port:
    """One input with its values, or one output with its targets.

    Attributes:
        name: What the user calls it; empty where there is only one.
        place: How the user's own code reaches it, such as ``x["note"]`` or ``y``.
        values: A beginning of its values (samples, ...).
        number: Its place among the model's own inputs or outputs, laid flat.
        integers: Whether its values are symbols for an embedding.
        sequence: Whether it has a time axis.
        fixed: Whether it stands in a tuple, whose parts cannot be set.
    """

    name: str
    place: str
    values: np.ndarray
    number: int = 0
    integers: bool = False
    sequence: bool = True
    fixed: bool = False


def parts(variable: str, given: Any) -> list[tuple[str, str, Any]] | None:
    """Name, place and value of each part of a list, tuple or dictionary of arrays.

    Args:
        variable: What the user's code calls the whole, such as ``x``.
        given: The whole.

    Returns:
        The parts, those of a dictionary by name; None for a single array.
    """
    if isinstance(given, Mapping):
        return [(str(key), f'{variable}["{key}"]', given[key]) for key in sorted(given)]
    if isinstance(given, list | tuple) and given and all(_array(part) for part in given):
        return [(str(place), f"{variable}[{place}]", part) for place, part in enumerate(given)]
    return None


def with_time(ports: Sequence[Port]) -> list[Port]:
    """The inputs, each with whether it has a time axis.

    Symbols may be a single step only where other inputs are such, too: else they name a sample.
    """
    steps = {port.values.shape[1] for port in ports if port.values.ndim >= 3}
    return [
        replace(
            port,
            sequence=port.values.ndim >= 3
            or (port.integers and (port.values.shape[1] > 1 or steps <= {1})),
        )
        for port in ports
    ]


def fullest(ports: Sequence[Port], rows: int) -> np.ndarray:
    """Numbers of as many samples, those with the least padding first.

    Lengths and masks that stay the user's own then leave a probe the most time steps.
    """
    count = len(ports[0].values)
    padding = sum(
        (absent_steps(port.values)[0].sum(1) for port in ports if port.sequence),
        start=np.zeros(count, int),
    )
    return np.argsort(padding, kind="stable")[np.arange(rows) % count]


def as_many(sources: Sequence[Port], targets: Sequence[Port]) -> tuple[list[Port], list[Port]]:
    """The same number of samples of each, from the first."""
    count = min(len(port.values) for port in [*sources, *targets])
    inputs, outputs = (
        [replace(port, values=port.values[:count]) for port in ports]
        for ports in (sources, targets)
    )
    return inputs, outputs


def _array(value: Any) -> bool:
    return len(getattr(value, "shape", ())) > 0


def in_place(
    code: str, remedy: str, own: tuple[Port, Port], sources: Sequence[Port], targets: Sequence[Port]
) -> str:
    """A remedy for ``x`` and ``y`` written for the user's own lists or dictionaries.

    Args:
        code: Of the finding.
        remedy: Its lines.
        own: The input and the output that it is about.
        sources: All inputs.
        targets: All outputs.
    """
    changes = entry(code).remedy_for
    if changes == "model":
        return remedy
    names = [("x", own[0], sources), ("y", own[1], targets)]
    lines = remedy.splitlines()
    shorter = re.search(r"^y = (y\[\d+:\])", remedy, re.MULTILINE)
    found = []
    for line in lines:
        for variable, port, _ in names:
            line = _renamed(line, variable, port.place)
        found.append(line)
    for variable, port, ports in names:
        others = [other for other in ports if other.place != port.place]
        if changes == "all":
            told = [line for line in (_alone(line, variable) for line in lines) if line]
        elif shorter is not None:
            # Windows got longer, so that there are fewer of them.
            told = [f"{variable} = {shorter[1].replace('y', variable)}"]
        else:
            told = []
        found += [_renamed(line, variable, other.place) for other in others for line in told]
    if found != lines:
        found = [*_open(names, found), *found]
    return "\n".join(found)


def _open(names: Iterable[tuple[str, Port, Sequence[Port]]], lines: list[str]) -> list[str]:
    """Lines that make lists of tuples whose parts are set."""
    return [
        f"{variable} = list({variable})"
        for variable, port, _ in names
        if port.fixed and any(line.startswith(f"{variable}[") and " = " in line for line in lines)
    ]


def _alone(line: str, variable: str) -> str:
    """The part of a line that sets x (or y), nothing else; empty where it sets something else."""
    code, _, _ = line.partition("  #")
    both = re.fullmatch(r"x, y = (x.*), (y.*)", code)
    if both:
        return f"{variable} = {both[1 if variable == 'x' else 2]}"
    return code if code.startswith(f"{variable} = ") else ""


def _renamed(line: str, variable: str, place: str) -> str:
    return re.sub(rf"(?<![\w.'\"]){variable}(?![\w'\"(])", lambda _: place, line)

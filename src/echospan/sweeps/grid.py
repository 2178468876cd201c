"""The points of a sweep: products of lists, lists walked together, and conditions; never all held.

A point is numbered, and made from its number when it is needed.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from echospan.errors import ConfigError, did_you_mean

SEED = "seed"

Settings = Mapping[str, Any]
"""Dotted settings."""


@dataclass(frozen=True)
class Axis:
    """Fields that change together.

    Attributes:
        fields: Their dotted names.
        steps: The values of all fields, step by step.
    """

    fields: tuple[str, ...]
    steps: tuple[tuple[Any, ...], ...]


@dataclass(frozen=True)
class Condition:
    """Values that other fields must have: all of them.

    Attributes:
        wanted: Field to the values that it may have.
    """

    wanted: Mapping[str, tuple[Any, ...]]

    def holds(self, settings: Settings) -> bool:
        """Whether it does for these settings."""
        return all(
            any(_same(settings.get(field), value) for value in values)
            for field, values in self.wanted.items()
        )


@dataclass(frozen=True)
class Grid:
    """All points of a sweep.

    Attributes:
        base: Settings that all points have.
        axes: What changes; the last one changes fastest.
        when: Fields that apply only where a condition holds.
        exclude: Points that are left out.
        beneath: Settings that the points have anyway, such as a recipe's; conditions may name them.
    """

    base: Settings
    axes: tuple[Axis, ...] = ()
    when: Mapping[str, Condition] = None  # type: ignore[assignment]
    exclude: tuple[Condition, ...] = ()
    beneath: Settings = None  # type: ignore[assignment]

    @property
    def fields(self) -> tuple[str, ...]:
        """The fields that change, in the order of the file."""
        return tuple(field for axis in self.axes for field in axis.fields)

    @property
    def most(self) -> int:
        """Points there would be without conditions."""
        return math.prod(len(axis.steps) for axis in self.axes)

    def __iter__(self) -> Iterator[dict[str, Any]]:
        """The settings of each point."""
        for number in range(self.most):
            point = self._point(number)
            if point is not None:
                yield point

    def _point(self, number: int) -> dict[str, Any] | None:
        """The settings of the point; None where there is none of that number."""
        places = []
        for axis in reversed(self.axes):
            number, place = divmod(number, len(axis.steps))
            places.append(place)
        places.reverse()
        settings = dict(self.base)
        for axis, place in zip(self.axes, places, strict=True):
            settings.update(zip(axis.fields, axis.steps[place], strict=True))
        if self.when:
            known = {**(self.beneath or {}), **settings}
            apart = {field for field, condition in self.when.items() if not condition.holds(known)}
            for axis, place in zip(self.axes, places, strict=True):
                # What does not apply does not make one point into several.
                if place and apart.issuperset(axis.fields):
                    return None
            settings = {field: value for field, value in settings.items() if field not in apart}
        if self.exclude:
            known = {**(self.beneath or {}), **settings}
            if any(condition.holds(known) for condition in self.exclude):
                return None
        return settings


def grid_of(table: Mapping[str, Any], base: Settings, beneath: Settings) -> Grid:
    """The grid that the table ``[sweep]`` of a file describes.

    Args:
        table: Dotted fields and their lists; ``zip``, ``when`` and ``exclude``.
        base: The dotted settings beside it.
        beneath: Settings below those, which conditions may name.

    Raises:
        ConfigError: A list is empty or no list, a field stands twice, zipped lists differ in
            length, or a condition names a field that no point has.
    """
    table = dict(table)
    zipped = flat(_table("sweep.zip", table.pop("zip", {})))
    when = _table("sweep.when", table.pop("when", {}))
    exclude = table.pop("exclude", [])
    axes = [
        Axis((field,), tuple((value,) for value in _values(f"sweep.{field}", values)))
        for field, values in flat(table).items()
    ]
    if zipped:
        columns = {
            field: _values(f"sweep.zip.{field}", values, repeated=True)
            for field, values in zipped.items()
        }
        first, length = next((name, len(values)) for name, values in columns.items())
        for field, values in columns.items():
            if len(values) != length:
                allowed = f"as long as sweep.zip.{first}, which holds {length} values"
                raise ConfigError(f"sweep.zip.{field}", allowed, values)
        axes.append(Axis(tuple(columns), tuple(zip(*columns.values(), strict=True))))
    names = [field for axis in axes for field in axis.fields]
    for field in names:
        if names.count(field) > 1:
            raise ConfigError(f"sweep.zip.{field}", "left out: it is swept by itself, too", None)
    # Runs that differ in their seed alone share one program; so they follow each other.
    axes.sort(key=lambda axis: axis.fields == (SEED,))
    known = {**beneath, **base, **dict.fromkeys(names)}
    return Grid(
        base,
        tuple(axes),
        {field: _when(field, value, base, names, known) for field, value in when.items()},
        tuple(_condition("sweep.exclude", each, known) for each in _list(exclude)),
        beneath,
    )


def flat(table: Mapping[str, Any], before: str = "") -> dict[str, Any]:
    """Nested tables as dotted names: TOML reads an unquoted ``training.epochs`` as a table."""
    found: dict[str, Any] = {}
    for name, value in table.items():
        if isinstance(value, Mapping):
            found.update(flat(value, f"{before}{name}."))
        else:
            found[f"{before}{name}"] = value
    return found


def _when(
    field: str, given: Any, base: Settings, names: Sequence[str], known: Settings
) -> Condition:
    if field not in base and field not in names:
        allowed = 'made of fields that are swept or set in the file, in quotes: "model.heads"'
        raise ConfigError("sweep.when", allowed, field, did_you_mean(field, [*base, *names]))
    return _condition(f"sweep.when.{field}", given, known)


def _condition(name: str, given: Any, known: Settings) -> Condition:
    if not isinstance(given, Mapping) or not given:
        allowed = 'a table of fields and the values that they must have: { "model.kind" = "gru" }'
        raise ConfigError(name, allowed, given)
    wanted = {}
    for field, value in flat(given).items():
        if field not in known:
            allowed = "made of fields that are swept, or set in the file or its recipe"
            raise ConfigError(name, allowed, field, did_you_mean(field, known))
        wanted[field] = tuple(value) if isinstance(value, list) else (value,)
    return Condition(wanted)


def _values(name: str, given: Any, *, repeated: bool = False) -> Sequence[Any]:
    if not isinstance(given, list | tuple) or not given:
        raise ConfigError(name, "a list of at least one value", given)
    if not repeated:
        texts = set()
        for value in given:
            text = json.dumps(value, sort_keys=True, default=str)
            if text in texts:
                raise ConfigError(name, "a list of values that differ", value)
            texts.add(text)
    return given


def _table(name: str, given: Any) -> Mapping[str, Any]:
    if not isinstance(given, Mapping):
        raise ConfigError(name, "a table", given)
    return given


def _list(given: Any) -> list[Any]:
    if not isinstance(given, list | tuple):
        raise ConfigError(
            "sweep.exclude", "a list of tables, each written [[sweep.exclude]]", given
        )
    return list(given)


def _same(one: Any, other: Any) -> bool:
    # TOML tells true from 1; Python does not.
    return isinstance(one, bool) == isinstance(other, bool) and one == other

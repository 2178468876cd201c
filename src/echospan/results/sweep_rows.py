"""The rows of a sweep, column by column: a million of them take some hundred bytes each."""

from __future__ import annotations

import json
import math
from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, overload

import numpy as np

from echospan.results.data import Data

if TYPE_CHECKING:
    import polars

FINISHED, MISSING = "finished", "missing"

_NOTHING = -(1 << 63)
"""Stands for None among integers."""


@dataclass(frozen=True)
class SweepRow(Data):
    """One unit.

    Attributes:
        settings: Its swept settings by field; those that do not apply to it are left out.
        state: "finished", "failed", "interrupted", "running" (by another sweep), or "missing" where
            it was not begun.
        fingerprint: Names all that decides what comes out.
        run_id: The stored run or sheet; empty where there is none.
        values: Its numbers by name, such as ``accuracy``; None for what is not known.
        seconds: Time that it ran, in all.
        error: The last line of what went wrong; empty where nothing did.
    """

    settings: dict[str, Any]
    state: str
    fingerprint: str
    run_id: str = ""
    values: dict[str, Any] = field(default_factory=dict)
    seconds: float | None = None
    error: str = ""


class SweepRows(Sequence[SweepRow]):
    """Rows of a sweep, like a tuple of `SweepRow`; each is made when it is asked for.

    Args:
        fields: The swept fields.
        columns: Names of the numbers, with their types in a frame.
        rows: The rows; taken one after the other, and not kept.

    Example:
        >>> from echospan.results.sweep_rows import SweepRow, SweepRows
        >>> rows = SweepRows(["seed"], {"loss": "Float64"}, [SweepRow({"seed": 1}, "missing", "a")])
        >>> len(rows), rows[0].settings
        (1, {'seed': 1})
    """

    def __init__(
        self, fields: Iterable[str], columns: Mapping[str, str], rows: Iterable[SweepRow] = ()
    ) -> None:
        self._settings = {name: _Choices() for name in fields}
        self._values = {name: _column(kind) for name, kind in columns.items()}
        self._kinds = dict(columns)
        self._states, self._errors, self._seconds = _Choices(), _Choices(), _Floats()
        self._fingerprints, self._runs = _Texts(), _Texts()
        self._valued = bytearray()
        # What a column can't hold: names that are none of its, numbers of another type.
        self._odd: dict[int, SweepRow] = {}
        for row in rows:
            self._add(row)

    def _add(self, row: SweepRow) -> None:
        settings = [
            column.add(row.settings.get(name, _ABSENT)) for name, column in self._settings.items()
        ]
        values = [column.add(row.values.get(name)) for name, column in self._values.items()]
        fits = all(settings) and all(values)
        if not fits or row.settings.keys() - self._settings or row.values.keys() - self._values:
            self._odd[len(self)] = row
        self._seconds.add(row.seconds)
        for column, text in (
            (self._states, row.state),
            (self._errors, row.error),
            (self._fingerprints, row.fingerprint),
            (self._runs, row.run_id),
        ):
            column.add(text)
        self._valued.append(bool(row.values))

    def __len__(self) -> int:
        return len(self._valued)

    @overload
    def __getitem__(self, place: int) -> SweepRow: ...
    @overload
    def __getitem__(self, place: slice) -> tuple[SweepRow, ...]: ...
    def __getitem__(self, place: int | slice) -> SweepRow | tuple[SweepRow, ...]:
        """The row, or a tuple of rows."""
        if isinstance(place, slice):
            return tuple(self._row(each) for each in range(len(self))[place])
        return self._row(range(len(self))[place])

    def __iter__(self) -> Iterator[SweepRow]:
        return map(self._row, range(len(self)))

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Sequence) or isinstance(other, str | bytes):
            return NotImplemented
        return len(self) == len(other) and all(
            one == two for one, two in zip(self, other, strict=True)
        )

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"<{len(self):,} rows>"

    def in_state(self, state: str) -> Iterator[SweepRow]:
        """The rows in a state; the others are not made."""
        code = self._states.code(state)
        for place, each in enumerate(self._states.codes):
            if each == code:
                yield self._row(place)

    def count_state(self, state: str) -> int:
        """How many rows are in a state."""
        return self._states.codes.count(self._states.code(state))

    def has(self, name: str) -> bool:
        """Whether any row has a number of that name."""
        column = self._values.get(name)
        return (column is not None and column.any()) or any(
            row.values.get(name) is not None for row in self._odd.values()
        )

    def frame(self) -> polars.DataFrame | None:
        """The rows as a frame; None where not all fit into columns, or there are none."""
        if self._odd or not len(self):
            return None
        import polars

        def series(name: str, column: _Column, kind: str) -> polars.Series:
            return column.series(name, kind, polars)

        return polars.DataFrame(
            [
                *(series(name, each, each.kind()) for name, each in self._settings.items()),
                series("state", self._states, "String"),
                *(series(name, each, self._kinds[name]) for name, each in self._values.items()),
                series("seconds", self._seconds, "Float64"),
                series("run_id", self._runs, "String"),
                series("fingerprint", self._fingerprints, "String"),
            ]
        )

    def _row(self, place: int) -> SweepRow:
        if place in self._odd:
            return self._odd[place]
        settings = {
            name: value
            for name, column in self._settings.items()
            if (value := column.at(place)) is not _ABSENT
        }
        valued = self._valued[place]
        return SweepRow(
            settings,
            self._states.at(place),
            self._fingerprints.at(place),
            self._runs.at(place),
            {name: column.at(place) for name, column in self._values.items()} if valued else {},
            self._seconds.at(place),
            self._errors.at(place),
        )


class _Absent:
    """A setting that does not apply."""


_ABSENT = _Absent()


class _Choices:
    """Values of which many are equal: each stands once."""

    def __init__(self) -> None:
        self.codes = array("I")
        self._values: list[Any] = []
        self._known: dict[Any, int] = {}

    def add(self, value: Any) -> bool:
        """Append a value; whether it fits."""
        self.codes.append(self.code(value))
        return True

    def code(self, value: Any) -> int:
        """The number of a value, from now on if it is new."""
        # 1, 1.0 and True are equal, and are not the same setting.
        key = (type(value), value)
        try:
            code = self._known.get(key)
        except TypeError:
            key = (type(value), json.dumps(value, default=str))
            code = self._known.get(key)
        if code is None:
            code = self._known[key] = len(self._values)
            self._values.append(value)
        return code

    def at(self, place: int) -> Any:
        return self._values[self.codes[place]]

    def any(self) -> bool:
        return any(value is not None for value in self._values)

    def kind(self) -> str:
        """The type of a column that holds them all."""
        kinds = {type(value) for value in self._values if value not in (None, _ABSENT)}
        if kinds == {bool}:
            return "Boolean"
        if kinds == {int}:
            return "Int64"
        if kinds and kinds <= {int, float}:
            return "Float64"
        return "String"

    def series(self, name: str, kind: str, library: Any) -> polars.Series:
        cells = [None if value is _ABSENT else cell(value, kind) for value in self._values]
        distinct = library.Series(name, cells, dtype=getattr(library, kind))
        made: polars.Series = distinct.gather(np.frombuffer(self.codes, np.uint32))
        return made


class _Floats:
    """Numbers; NaN stands for None."""

    def __init__(self) -> None:
        self._numbers = array("d")

    def add(self, value: Any) -> bool:
        """Append a value; whether it fits."""
        fits = value is None or (type(value) in (float, int) and math.isfinite(value))
        self._numbers.append(value if fits and value is not None else math.nan)
        return fits

    def at(self, place: int) -> float | None:
        number = self._numbers[place]
        return None if math.isnan(number) else number

    def any(self) -> bool:
        return any(not math.isnan(number) for number in self._numbers)

    def series(self, name: str, kind: str, library: Any) -> polars.Series:
        made: polars.Series = library.Series(name, np.frombuffer(self._numbers)).fill_nan(None)
        return made


class _Integers:
    """Whole numbers."""

    def __init__(self) -> None:
        self._numbers = array("q")

    def add(self, value: Any) -> bool:
        """Append a value; whether it fits."""
        fits = value is None or (type(value) is int and _NOTHING < value < 1 << 63)
        self._numbers.append(value if fits and value is not None else _NOTHING)
        return fits

    def at(self, place: int) -> int | None:
        number = self._numbers[place]
        return None if number == _NOTHING else number

    def any(self) -> bool:
        return any(number != _NOTHING for number in self._numbers)

    def series(self, name: str, kind: str, library: Any) -> polars.Series:
        whole = library.Series(name, np.frombuffer(self._numbers, np.int64))
        made: polars.Series = whole.set(whole == _NOTHING, None)
        return made


class _Texts:
    """Texts that differ, one after the other."""

    def __init__(self) -> None:
        self._bytes, self._ends = bytearray(), array("Q", [0])

    def add(self, value: str) -> bool:
        """Append a text."""
        self._bytes += value.encode("utf-8", "surrogatepass")
        self._ends.append(len(self._bytes))
        return True

    def at(self, place: int) -> str:
        found = self._bytes[self._ends[place] : self._ends[place + 1]]
        return found.decode("utf-8", "surrogatepass")

    def any(self) -> bool:
        return bool(self._bytes)

    def series(self, name: str, kind: str, library: Any) -> polars.Series:
        texts = [self.at(place) for place in range(len(self._ends) - 1)]
        made: polars.Series = library.Series(name, texts, dtype=library.String)
        return made


_Column = _Choices | _Floats | _Integers | _Texts


def _column(kind: str) -> _Choices | _Floats | _Integers:
    return _Floats() if kind == "Float64" else _Integers() if kind == "Int64" else _Choices()


def cell(value: Any, kind: str) -> Any:
    """A value as a column of that type holds it."""
    if value is None:
        return None
    if kind == "Float64" and isinstance(value, int | float):
        return float(value)
    if kind == "String" and not isinstance(value, str):
        return json.dumps(value)
    return value

"""The base of every result: frozen data with names, to plain values and back, and to frames."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import fields
from typing import TYPE_CHECKING, Any, BinaryIO, ClassVar, Self

from echospan.arguments import DEEPEST, mapping, validated
from echospan.arguments import plain as plain_number
from echospan.errors import DataError
from echospan.extras import needs

if TYPE_CHECKING:
    import polars

_adapters: dict[type, Any] = {}
"""Made once for a class: to make one takes longer than to use it."""


class Data:
    """Base of frozen dataclasses whose fields are plain values or `Data`.

    Attributes:
        computed: Properties that `to_dict` adds; `from_dict` computes them again.
    """

    computed: ClassVar[tuple[str, ...]] = ()

    def to_dict(self) -> dict[str, Any]:
        """Return plain values, ready for JSON; the keys are the names of the attributes."""
        names = [field.name for field in fields(self)]  # type: ignore[arg-type]
        return {name: plain(getattr(self, name)) for name in (*names, *self.computed)}

    @classmethod
    @validated(content=mapping("what to_dict returned"))
    def from_dict(cls, content: Mapping[str, Any]) -> Self:
        """Make the object again from what `to_dict` returned. Unknown keys are left out.

        Raises:
            DataError: A key is missing, or its value is of another type.
        """
        from pydantic import ValidationError

        content = plain_content(cls, content)
        try:
            made = _adapter(cls).validate_python(dict(content))
        except ValidationError as error:
            first = error.errors()[0]
            place = ".".join(str(part) for part in first["loc"])
            raise DataError(
                f"{cls.__name__}.from_dict needs what to_dict returned; {place or 'content'}: "
                f"{first['msg']}."
            ) from None
        return made  # type: ignore[no-any-return]


def plain_content(cls: type, content: Mapping[str, Any]) -> dict[str, Any]:
    """What `to_dict` returned, or a file holds, as JSON knows it; half characters written out.

    Raises:
        DataError: A value is an object, which no `to_dict` returns.
    """
    found = {}
    for name, value in content.items():
        try:
            found[name] = _data(value)
        except _NotPlain as wrong:
            raise DataError(
                f"{cls.__name__}.from_dict needs what to_dict returned; {name} holds {wrong}."
            ) from None
    return found


class _NotPlain(Exception):
    """Something that is no data; says what."""


def _data(value: Any, depth: int = 0) -> Any:
    # Objects may raise when they are asked for their class.
    kind = type(value)
    if kind is int and value.bit_length() > 64:
        raise _NotPlain("an integer of more than 64 bits")
    if kind is str:
        # Half a character of UTF-16 can be neither written nor printed.
        return value.encode("utf-8", "backslashreplace").decode()
    if value is None or issubclass(kind, bool | int | float | str | Data):
        return value
    if depth > DEEPEST:
        raise _NotPlain(f"lists that are nested deeper than {DEEPEST}")
    if issubclass(kind, dict):
        return {_data(name, depth + 1): _data(one, depth + 1) for name, one in value.items()}
    if issubclass(kind, list | tuple):
        items = [_data(one, depth + 1) for one in value]
        return items if issubclass(kind, list) else tuple(items)
    try:
        number = plain_number(value)
    except Exception:
        number = None
    if not isinstance(number, bool | int | float):
        raise _NotPlain(f"a {kind.__name__}")
    return number


def _adapter(kind: type) -> Any:
    if kind not in _adapters:
        from pydantic import TypeAdapter

        _adapters[kind] = TypeAdapter(kind)
    return _adapters[kind]


def plain(value: Any) -> Any:
    """Return the value as JSON knows it: dictionaries, lists, text, numbers, None."""
    if isinstance(value, Data):
        return value.to_dict()
    if isinstance(value, Mapping):
        return {name: plain(inner) for name, inner in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str | bytes):
        return [plain(inner) for inner in value]
    return value


def finite(value: Any) -> Any:
    """Return the same tree with null in place of numbers that JSON does not have."""
    if isinstance(value, Mapping):
        return {str(name): finite(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [finite(inner) for inner in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


def frame(columns: Mapping[str, str], rows: Sequence[Sequence[Any]]) -> polars.DataFrame:
    """Return a frame with those columns, also where there is no row.

    Args:
        columns: Name of a polars type ("Int64") by name of the column.
        rows: One tuple a row, in the order of the columns.
    """
    needs("A result as a frame", "polars")
    # Needed by few calls, and a quarter of a second to import.
    import polars

    schema = {name: getattr(polars, kind) for name, kind in columns.items()}
    return polars.DataFrame([list(row) for row in rows], schema=schema, orient="row")


def read_frame(file: BinaryIO, suffix: str, name: str) -> polars.DataFrame:
    """Return the frame in an open file.

    Args:
        file: The file.
        suffix: ".parquet" or ".csv".
        name: What messages call it.

    Raises:
        DataError: It holds no such table.
        MissingExtra: polars is not installed.
    """
    needs("Reading a table", "polars")
    import polars

    try:
        return polars.read_parquet(file) if suffix == ".parquet" else polars.read_csv(file)
    except Exception as error:
        raise DataError(f"{name} can't be read as a table: {error}") from None


def stacked(frames: Sequence[polars.DataFrame]) -> polars.DataFrame:
    """Return the frames below each other."""
    needs("A result as a frame", "polars")
    import polars

    return polars.concat(list(frames)) if frames else polars.DataFrame()

"""Field types that read what an older version, or an editor, left in a stored run.

A value that is not what its field holds becomes None or empty in `from_dict`, so that the rest of
the run can be shown. Values of objects that are made in the program are not looked at.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from numbers import Real
from typing import Annotated, Any

from pydantic import BeforeValidator, Field


def number(value: object) -> int | float | None:
    """Return a finite number, None for anything else (text, true and false, NaN, infinity)."""
    # Real: NumPy's numbers, too.
    if isinstance(value, bool) or not isinstance(value, Real):
        return None
    return value if math.isfinite(value) else None  # type: ignore[return-value]


def share(value: object) -> int | float | None:
    """Return a number from 0 to 1, None for anything else."""
    found = number(value)
    return found if found is not None and 0 <= found <= 1 else None


def pair(value: object) -> tuple[float, float] | None:
    """Return an interval ``(low, high)``, None where there are not two finite numbers."""
    ends = items(value)
    if len(ends) != 2:
        return None
    low, high = map(number, ends)
    return None if low is None or high is None else (min(low, high), max(low, high))


def items(value: object) -> tuple[Any, ...]:
    """Return the elements of a list, tuple or array, none of anything else."""
    if isinstance(value, str | bytes | Mapping) or not hasattr(value, "__len__"):
        return ()
    return tuple(value)  # type: ignore[arg-type]


def mapping(value: object) -> dict[str, Any]:
    """Return a table as a dictionary, empty for anything else."""
    return {str(name): inner for name, inner in value.items()} if _is_table(value) else {}  # type: ignore[attr-defined]


def tables(value: object) -> tuple[Any, ...]:
    """Return the elements of a list that are tables."""
    return tuple(entry for entry in items(value) if _is_table(entry) or hasattr(entry, "to_dict"))


def total_seconds(value: object) -> float | None:
    """Return seconds: the number itself, or the sum of a ``{compile, train, evaluate}`` table."""
    if isinstance(value, Mapping):
        parts = [part for part in map(number, value.values()) if part is not None]
        return sum(parts) if parts else None
    return number(value)


def how_many(value: object) -> int | None:
    """Return a count, also where it was stored as a list."""
    count = len(value) if isinstance(value, list | tuple) else number(value)
    return None if count is None else int(count)


def _is_table(value: object) -> bool:
    return isinstance(value, Mapping)


def _whole(value: object) -> int | None:
    whole = number(value)
    return None if whole is None or whole != int(whole) else int(whole)


def _text(value: object) -> str:
    return "" if value is None else str(value)


def _sentences(value: object) -> tuple[str, ...]:
    listed = (value,) if isinstance(value, str) and value else items(value)
    return tuple(str(sentence) for sentence in listed)


def _optional(value: object) -> tuple[Any, ...] | None:
    return tuple(value) if isinstance(value, list | tuple) else None


def _table(value: object) -> Any:
    return value if _is_table(value) or hasattr(value, "to_dict") else None


def _seconds(value: object) -> dict[str, float]:
    parts = mapping(value) if _is_table(value) else {"total": value}
    known = {name: number(part) for name, part in parts.items()}
    return {name: part for name, part in known.items() if part is not None}


def _tables_by_name(value: object) -> dict[str, Any]:
    return {name: _table(inner) or {} for name, inner in mapping(value).items()}


Number = Annotated[int | float | None, BeforeValidator(number)]
Share = Annotated[int | float | None, BeforeValidator(share)]
Whole = Annotated[int | None, BeforeValidator(_whole)]
HowMany = Annotated[int | None, BeforeValidator(how_many)]
Pair = Annotated[tuple[float, float] | None, BeforeValidator(pair)]
Pairs = Annotated[
    tuple[tuple[float, float] | None, ...], BeforeValidator(lambda v: tuple(map(pair, items(v))))
]
Numbers = Annotated[
    tuple[int | float | None, ...], BeforeValidator(lambda v: tuple(map(number, items(v))))
]
Text = Annotated[str, BeforeValidator(_text)]
Sentences = Annotated[tuple[str, ...], BeforeValidator(_sentences)]
Values = Annotated[tuple[Any, ...] | None, BeforeValidator(_optional)]
Settings = Annotated[dict[str, Any], BeforeValidator(mapping)]
Seconds = Annotated[dict[str, float], BeforeValidator(_seconds)]
TotalSeconds = Annotated[float | None, BeforeValidator(total_seconds)]
Tables = BeforeValidator(tables)
TableOrNone = BeforeValidator(_table)
TablesByName = BeforeValidator(_tables_by_name)

# These refuse what they can't hold.
SureShare = Annotated[float, Field(ge=0, le=1)]
Count = Annotated[int, Field(ge=0)]
Word = Annotated[str, Field(max_length=100)]
AtLeastTwo = Annotated[int, Field(ge=2)]
SureSeconds = Annotated[float, Field(ge=0, allow_inf_nan=False)]

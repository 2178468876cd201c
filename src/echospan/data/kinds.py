"""Is a column of text made of integers or of categories?

A value counts as an integer only when it is written as Python would print one: ``-3``, ``0``,
``17``, but not ``007``, ``1.0`` or ``+5``. Everything else keeps its exact text, so that an
identifier such as ``001`` never becomes 1 in silence.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Literal, TypeAlias, get_args

import numpy as np
import numpy.typing as npt

from echospan.data.bins import is_nan
from echospan.errors import ConfigError, DataError

Kind: TypeAlias = Literal["integers", "categories", "bins"]
KindChoice: TypeAlias = Literal["auto", "integers", "categories"]

# At most 18 digits: every such number fits 64 bits, and a longer one is an identifier.
_INTEGER = re.compile(r"0|-?[1-9][0-9]{0,17}")
# The comma as decimal mark is what spreadsheets write in much of Europe.
_FLOAT = re.compile(
    r"[+-]?(?:[0-9]+[.,][0-9]*|[.,][0-9]+|[0-9]+(?=[eE]))(?:[eE][+-]?[0-9]+)?"
    r"|[+-]?(?:nan|inf|infinity)",
    re.IGNORECASE,
)
_DIGITS = re.compile(r"[0-9]+")
_SHOWN = 40
_AS_TEXT = 'take every value as text with --kind categories (kind="categories")'


def is_integer(text: str) -> bool:
    """Return whether ``text`` is a canonical integer literal; spaces around it don't count."""
    return _INTEGER.fullmatch(text.strip()) is not None


def is_number(text: str) -> bool:
    """Return whether ``text`` is an integer or a float, written in any usual way."""
    text = text.strip()
    return bool(_FLOAT.fullmatch(text) or _DIGITS.fullmatch(text.lstrip("+-")))


def show(text: str) -> str:
    """Quote a user's value for an error: on one line, cut when long."""
    return repr(text if len(text) <= _SHOWN else text[:_SHOWN] + "…")


def check_choice(kind: str) -> None:
    """Raise ConfigError unless ``kind`` is one of the choices."""
    if kind not in get_args(KindChoice):
        raise ConfigError("kind", "one of " + ", ".join(get_args(KindChoice)), kind)


def decide(
    distinct: Sequence[str],
    counts: npt.NDArray[np.int64],
    kind: KindChoice,
    *,
    subject: str,
    where: Callable[[int], str],
    bins: int | None = None,
) -> Kind:
    """Decide what a column's values are.

    Args:
        distinct: The distinct non-blank values, in the order of their first appearance.
        counts: How often each stands in the column, shape (distinct,).
        kind: ``integers`` and ``categories`` are demands. ``auto`` takes integers when every
            value is one, and categories when at least half of the values are no numbers, or when
            all are digits of one width, some with leading zeros (``001`` to ``150``).
        subject: What the column is called in an error.
        where: Names the place where a distinct value first stands, as in "line 7".
        bins: How many bins real numbers are sorted into; None refuses them.

    Raises:
        ConfigError: ``kind`` is none of the three.
        DataError: The values are of mixed types, or floats; ``auto`` never guesses there.
    """
    check_choice(kind)
    if kind == "categories":
        return "categories"
    whole = np.fromiter(map(is_integer, distinct), dtype=bool, count=len(distinct))
    if whole.all():
        return "integers"
    stripped = [value.strip() for value in distinct]
    if kind == "auto" and _fixed_width(stripped):
        return "categories"
    floats = np.fromiter(
        (_FLOAT.fullmatch(value) is not None for value in stripped), bool, count=len(distinct)
    )
    whole_rows, float_rows = int(counts[whole].sum()), int(counts[floats].sum())
    other_rows = int(counts.sum()) - whole_rows - float_rows
    if kind == "auto" and other_rows >= whole_rows + float_rows:
        return "categories"
    first = int(np.argmin(whole))
    place = f"first {show(distinct[first])} at {where(first)}"
    numbers = other_rows == 0 and kind == "auto"
    real = any(is_real and not is_nan(text) for is_real, text in zip(floats, distinct, strict=True))
    if numbers and real and bins is not None:
        return "bins"
    if other_rows == 0:
        if kind == "auto" and not real:
            raise DataError(
                f"{subject}: {_values(float_rows)} no number (NaN), {place}. Leave those cells "
                f"blank, which marks a missing value, or {_AS_TEXT}."
            )
        raise DataError(
            f"{subject}: {_values(float_rows)} no whole number, {place} ({whole_rows} are whole "
            f"numbers). Floats are quantities, not symbols: sort them into bins first, "
            f"or {_AS_TEXT}."
        )
    raise DataError(
        f"{subject}: {_values(whole_rows, 'a whole number', 'whole numbers')} and "
        f"{float_rows + other_rows} not, {place}. Fix those rows (a blank cell marks a "
        f"missing value), or {_AS_TEXT}."
    )


def _values(count: int, one: str = "", many: str = "") -> str:
    return (f"{count} value is {one}" if count == 1 else f"{count} values are {many}").rstrip()


def _fixed_width(values: Sequence[str]) -> bool:
    """Return whether all are digits of one width, some with a leading zero."""
    width = len(values[0])
    return (
        width > 1
        and all(len(value) == width and _DIGITS.fullmatch(value) for value in values)
        and any(value.startswith("0") for value in values)
    )

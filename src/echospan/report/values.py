"""Numbers, symbols and settings as text, worded the same everywhere."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from echospan.errors import DataError
from echospan.results.tolerant import items, number, pair

MISSING = -1
"""A symbol that is absent from an input, or a target that is not scored."""


def symbol(value: object) -> str:
    """One symbol as text; empty where it is missing (None, `MISSING` or NaN)."""
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return ""
    if isinstance(value, str):
        return value
    amount = number(value)
    if amount is None:
        return str(value)
    if amount == MISSING:
        return ""
    return str(int(amount)) if amount == int(amount) else f"{amount:.3g}"


def symbols(values: object) -> list[str]:
    """`symbol` of each element."""
    return [symbol(value) for value in items(values)]


def setting(config: Mapping[str, Any], dotted: str) -> Any:
    """The setting at a dotted name such as ``task.lag``; None where it is not set."""
    place: Any = config
    for part in dotted.split("."):
        if not isinstance(place, Mapping) or part not in place:
            return None
        place = place[part]
    return place


def flatten(tree: Mapping[str, Any], prefix: str = "") -> list[tuple[str, Any]]:
    """Nested settings as ``(dotted name, value)`` in their own order."""
    rows: list[tuple[str, Any]] = []
    for name, value in tree.items():
        dotted = f"{prefix}{name}"
        if isinstance(value, Mapping) and value:
            rows += flatten(value, f"{dotted}.")
        else:
            rows.append((dotted, value))
    return rows


def percent(value: object, none: str = "–") -> str:
    """A proportion as text: ``99.8 %``. Only exactly 1 is ``100 %``, only exactly 0 is ``0 %``."""
    share = number(value)
    if share is None:
        return none
    hundred = share * 100
    if hundred in (0.0, 100.0):
        return f"{hundred:.0f} %"
    for digits in range(1, 5):
        text = f"{hundred:.{digits}f}"
        if float(text) not in (0.0, 100.0):
            return f"{text.removesuffix('.0')} %"
    return "> 99.9999 %" if share > 0.5 else "< 0.0001 %"


def percent_interval(value: object, none: str = "") -> str:
    """An interval of proportions as text: ``99.6 to 99.9 %``."""
    ends = pair(value)
    if ends is None:
        return none
    low, high = percent(ends[0]), percent(ends[1])
    return f"{low.removesuffix(' %')} to {high}"


def count(value: object, none: str = "–") -> str:
    """A whole number with separators: ``2,000``."""
    amount = number(value)
    if amount is None:
        return none
    return f"{amount:,.0f}" if amount == int(amount) else f"{amount:,.4g}"


def duration(value: object) -> str:
    """Seconds as text, in the unit that reads best: ``85 ms``, ``1.9 s``, ``2 min 5 s``."""
    seconds = number(value)
    if seconds is None or seconds < 0:
        return "–"
    if seconds < 0.001:
        return "< 1 ms" if seconds else "0 s"
    if seconds < 0.9995:
        return f"{seconds * 1000:.0f} ms"
    if seconds < 59.95:
        return f"{seconds:.1f} s" if seconds < 9.95 else f"{seconds:.0f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest} s"
    return f"{minutes // 60} h {minutes % 60} min"


def plural(amount: int, one: str) -> str:
    """``1 seed``, ``5 seeds``."""
    return f"{amount:,} {one if amount == 1 else one + 's'}"


def series(history: Mapping[str, Any], name: str) -> list[float]:
    """One column of a history; gaps (None, NaN) stay as NaN.

    Raises:
        DataError: The column holds something that is not a number.
    """
    column = history.get(name)
    if column is None:
        return []
    try:
        return [math.nan if value is None else float(value) for value in column]
    except (TypeError, ValueError):
        raise DataError(
            f"history {name!r} must be a list of numbers; got {column!r:.60}."
        ) from None


def same_length(**columns: Sequence[Any]) -> int:
    """The common length of the columns.

    Raises:
        DataError: They differ in length.
    """
    lengths = {name: len(column) for name, column in columns.items()}
    if len(set(lengths.values())) > 1:
        sizes = ", ".join(f"{name} {length}" for name, length in lengths.items())
        raise DataError(f"{' and '.join(lengths)} must have the same length; got {sizes}.")
    return next(iter(lengths.values()), 0)


def setting_value(value: object) -> str:
    """A setting's value as one would type it."""
    if value is None:
        return "–"
    if isinstance(value, bool):
        return "true" if value else "false"
    listed = items(value)
    return ", ".join(setting_value(one) for one in listed) if listed else str(value)

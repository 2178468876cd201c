"""What was given, as columns of one form: numbers or codes of symbols, with its stretches."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, TypeAlias

import numpy as np

from echospan.errors import ConfigError, DataError
from echospan.lookback.folds import FloatArray, IntArray

Kind: TypeAlias = Literal["numbers", "symbols"]

MOST_SYMBOLS = 32
"""Different integers up to which they are symbols, if it is not said what they are."""

MOST_DISTINCT = 100_000
"""Different values that can be symbols."""


@dataclass(frozen=True)
class Table:
    """Columns of one length.

    Attributes:
        names: Of the columns, the target first.
        columns: Numbers (time,) each, NaN where missing; empty for symbols.
        codes: Symbols (time,) as places in `labels`, -1 where missing; empty for numbers.
        labels: The symbols.
        first: Index of the first value of the series, or stretch, of each value (time,).
        clock: The step at which each value was taken (time,). Values of several series that were
            taken at once have the same, so that none of them trains what scores another.
        notes: What was done, in sentences.
    """

    names: tuple[str, ...]
    columns: tuple[FloatArray, ...]
    first: IntArray
    clock: FloatArray
    codes: IntArray = field(default_factory=lambda: np.empty(0, np.int64))
    labels: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def kind_of(values: np.ndarray, wanted: Kind | None, alone: bool, name: str) -> Kind:
    """Whether values are numbers or symbols.

    Args:
        values: The target (time,).
        wanted: What the user said; None to decide.
        alone: Whether no other column is used: symbols have none.
        name: Of the target, for errors.

    Raises:
        DataError: Text and numbers are mixed, or text has columns beside it.
    """
    if wanted is not None:
        if wanted == "symbols" and not alone:
            raise ConfigError(
                "kind", "numbers if there are several columns", wanted,
                "Symbols take the target alone.",
            )  # fmt: skip
        return wanted
    if values.dtype.kind not in "biuf":
        if not alone:
            raise DataError(
                f"{name} holds text, which is taken as symbols. Symbols take the target alone: "
                "leave the other columns out."
            )
        return "symbols"
    if not alone or values.dtype.kind == "f":
        return "numbers"
    return "symbols" if _few(values) else "numbers"


def _few(values: np.ndarray) -> bool:
    if len(np.unique(values[:10_000])) > MOST_SYMBOLS:
        return False
    return len(np.unique(values)) <= MOST_SYMBOLS


def plain_column(values: np.ndarray, name: str, wanted: Kind | None) -> np.ndarray:
    """A column as integers, floats (NaN where missing), or text (None where missing).

    Raises:
        DataError: It holds neither, or both.
    """
    if values.dtype.kind in "biuf":
        return values.astype(np.int64) if values.dtype.kind == "b" else values
    if values.dtype.kind in "US":
        return values.astype(object)
    if values.dtype.kind != "O":
        raise DataError(
            f"{name} holds {values.dtype}; numbers or text are needed. A column of times is "
            "given as time."
        )
    missing = np.array([one is None or one != one or _na(one) for one in values], dtype=bool)
    kinds = {_sort(one) for one in values[~missing]}
    if "other" in kinds:
        odd = next(one for one in values[~missing] if _sort(one) == "other")
        raise DataError(f"{name} holds {type(odd).__name__} objects; numbers or text are needed.")
    if kinds == {"number", "text"} and wanted != "symbols":
        odd = next(one for one in values[~missing] if _sort(one) == "text")
        raise DataError(
            f"{name} mixes numbers and text, such as {str(odd)[:40]!r}. Clean the column, or take "
            "every value as a symbol: kind='symbols'."
        )
    if kinds <= {"number"}:
        filled = np.array(
            [np.nan if gone else float(one) for one, gone in zip(values, missing, strict=True)]
        )
        whole = not missing.any() and all(isinstance(one, int | np.integer) for one in values)
        return np.array([int(one) for one in values]) if whole and len(values) else filled
    texts = [None if gone else str(one) for one, gone in zip(values, missing, strict=True)]
    return np.array(texts, dtype=object)


def _na(value: object) -> bool:
    return type(value).__name__ in ("NAType", "NaTType")


def _sort(value: object) -> str:
    if isinstance(value, str):
        return "text"
    if isinstance(value, int | float | np.integer | np.floating | np.bool_):
        return "number"
    # Decimals of databases.
    return "number" if type(value).__name__ == "Decimal" else "other"


def coded(values: np.ndarray, name: str) -> tuple[IntArray, tuple[str, ...]]:
    """Symbols as places among their sorted labels, -1 where missing.

    Raises:
        DataError: There are too many different ones.
    """
    if values.dtype.kind == "f":
        present = ~np.isnan(values)
    elif values.dtype.kind == "O":
        present = np.array([one is not None for one in values], dtype=bool)
    else:
        present = np.ones(len(values), dtype=bool)
    texts = values[present].astype(str) if values.dtype.kind == "O" else values[present]
    labels, inverse = np.unique(texts, return_inverse=True)
    if len(labels) > MOST_DISTINCT:
        raise DataError(
            f"{name} has {len(labels):,} different values; at most {MOST_DISTINCT:,} can be "
            "symbols. Take them as numbers: kind='numbers'."
        )
    codes = np.full(len(values), -1, np.int64)
    codes[present] = inverse
    return codes, tuple(str(one) for one in labels.tolist())

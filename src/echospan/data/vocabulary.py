"""The distinct values of a series, numbered 0..K-1."""

from __future__ import annotations

import difflib
import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Any, get_args

import numpy as np
import numpy.typing as npt

from echospan.data.bins import is_nan, labels, number, place
from echospan.data.encoding import MISSING, check_symbols
from echospan.data.kinds import Kind, is_integer, is_number, show
from echospan.errors import DataError

MAX_SYMBOLS = 1_000_000
"""The most distinct values that a vocabulary may hold."""

MAX_JSON_BYTES = 64 * 2**20
"""The longest text that :meth:`Vocabulary.from_json` reads."""

_NEAREST = 3


@dataclass(frozen=True)
class Vocabulary:
    """Ordered distinct values and the symbols 0..K-1 that stand for them.

    Attributes:
        kind: ``integers`` (sorted as numbers), ``categories`` (exact text, sorted by code point,
            so that ``001`` stays ``001``) or ``bins`` (ranges of real numbers).
        values: The value of each symbol, in the order of the symbols.
        counts: How often each value stood in the series that the vocabulary was made from.
        edges: For bins, where one ends and the next begins; an edge belongs to the bin above it.

    Raises:
        DataError: The parts don't fit together: other types, not sorted, not distinct.
    """

    kind: Kind
    values: tuple[int, ...] | tuple[str, ...]
    counts: tuple[int, ...]
    edges: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        """Check the parts, since they may come from a file."""
        if self.kind not in get_args(Kind):
            raise DataError(
                f"vocabulary: kind must be integers, categories or bins; got {self.kind!r}."
            )
        if not 1 <= len(self.values) <= MAX_SYMBOLS:
            raise DataError(
                f"vocabulary: must hold 1 to {MAX_SYMBOLS:,} values; got {len(self.values):,}."
            )
        wanted = int if self.kind == "integers" else str
        for value in self.values:
            if type(value) is not wanted:
                raise DataError(f"vocabulary: {value!r} is not of kind {self.kind}.")
        self._check_edges()
        in_order = self.edges if self.kind == "bins" else self.values
        if any(a >= b for a, b in pairwise(in_order)):  # type: ignore[operator]
            raise DataError("vocabulary: values must be distinct and sorted.")
        if len(self.counts) != len(self.values):
            raise DataError(
                f"vocabulary: {len(self.values)} values need as many counts; "
                f"got {len(self.counts)}."
            )
        if any(type(count) is not int or count < 0 for count in self.counts):
            raise DataError("vocabulary: counts must be whole numbers of at least 0.")

    def _check_edges(self) -> None:
        if any(type(edge) is not float or not math.isfinite(edge) for edge in self.edges):
            raise DataError("vocabulary: edges must be finite floats.")
        wanted = len(self.values) - 1 if self.kind == "bins" else 0
        if len(self.edges) != wanted or (self.kind == "bins" and not wanted):
            raise DataError(f"vocabulary: {len(self.values)} values don't fit the edges.")

    @classmethod
    def of_bins(cls, edges: tuple[float, ...], codes: npt.NDArray[np.int32]) -> Vocabulary:
        """The bins with those edges, counted in a series of symbols (time,), -1 where missing."""
        counts = np.bincount(codes[codes != MISSING], minlength=len(edges) + 1)
        return cls("bins", labels(edges), tuple(counts.tolist()), edges)

    @classmethod
    def number(
        cls, kind: Kind, distinct: Sequence[str], counts: npt.NDArray[np.int64]
    ) -> tuple[Vocabulary, npt.NDArray[np.int32]]:
        """Number distinct texts that are known to be of ``kind``.

        Texts that differ only in the spaces around an integer get one symbol.

        Args:
            kind: What the texts are.
            distinct: The texts, in any order.
            counts: How often each stands in the series, shape (distinct,).

        Returns:
            The vocabulary and the symbol of each text, shape (distinct,).
        """
        values: list[Any] = [int(text) for text in distinct] if kind == "integers" else [*distinct]
        ordered: tuple[Any, ...] = tuple(sorted(set(values)))
        rank = {value: symbol for symbol, value in enumerate(ordered)}
        symbols = np.fromiter((rank[value] for value in values), np.int32, count=len(values))
        totals = np.zeros(len(ordered), dtype=np.int64)
        np.add.at(totals, symbols, counts)
        return cls(kind, ordered, tuple(totals.tolist())), symbols

    def __len__(self) -> int:
        """Return the number of symbols K."""
        return len(self.values)

    @cached_property
    def _rank(self) -> Mapping[Any, int]:
        return {value: symbol for symbol, value in enumerate(self.values)}

    def encode(
        self, values: Iterable[str | int | None], *, name: str = "values"
    ) -> npt.NDArray[np.int32]:
        """Turn values into symbols; None and blank text become -1.

        Args:
            values: Text or whole numbers, one for each step.
            name: What the values are called in an error.

        Returns:
            int32 array of shape (time,).

        Raises:
            DataError: A value isn't in the vocabulary; the error names the nearest that are.
        """
        symbols = [
            self.symbol(_as_text(value, f"{name}: position {index}"), f"{name}: position {index}")
            if value is not None
            else MISSING
            for index, value in enumerate(values)
        ]
        return np.array(symbols, dtype=np.int32)

    def symbol(self, text: str, where: str) -> int:
        """Return the symbol of one text, -1 where it is blank.

        Args:
            text: The value, as it would stand in a file.
            where: What comes before the colon in an error.

        Raises:
            DataError: The text isn't in the vocabulary.
        """
        if not text.strip():
            return MISSING
        if self.kind == "bins" and (text in self._rank or is_number(text)):
            if is_nan(text):
                return MISSING
            return self._rank[text] if text in self._rank else place(self.edges, number(text))
        if self.kind == "bins":
            raise DataError(
                f"{where}: {show(text)} is no number. Give numbers, or one of the ranges "
                f"{', '.join(map(str, self.values[:_NEAREST]))}, ..."
            )
        value: str | int | None = text
        if self.kind == "integers":
            value = int(text) if is_integer(text) else None
        symbol = self._rank.get(value)
        if symbol is None:
            raise DataError(
                f"{where}: {show(text)} is not among the {len(self)} known values; nearest: "
                f"{', '.join(map(repr, self._nearest(text)))}. "
                "Use one of those, or train on data that holds the value."
            )
        return symbol

    def _nearest(self, text: str) -> list[str] | list[int]:
        """Return the known values nearest to ``text``: as numbers if it is one, else as text."""
        if self.kind == "integers" and is_integer(text):
            number = int(text)
            numbers = [value for value in self.values if isinstance(value, int)]
            return sorted(numbers, key=lambda value: (abs(value - number), value))[:_NEAREST]
        # difflib takes about 10 microseconds a value, so a huge vocabulary is compared in part.
        known = [str(value) for value in self.values[:10_000]]
        return difflib.get_close_matches(text, known, n=_NEAREST, cutoff=0.0)

    def decode(self, symbols: Sequence[int] | npt.NDArray[Any]) -> list[str | int | None]:
        """Turn symbols into values; -1 becomes None.

        Args:
            symbols: Whole numbers of shape (time,), 0..K-1, or -1 where missing.

        Raises:
            DataError: A symbol is out of range, or the array isn't of one axis.
        """
        if len(np.shape(symbols)) == 1 and len(symbols) == 0:
            return []
        codes = check_symbols(symbols, len(self), name="symbols", missing=True)
        if codes.ndim != 1:
            raise DataError(f"symbols must have one axis (time,); got shape {codes.shape}.")
        return [None if code == MISSING else self.values[code] for code in codes.tolist()]

    def to_json(self) -> str:
        """Return the vocabulary as one JSON object on one line."""
        parts: dict[str, Any] = {"kind": self.kind, "values": self.values, "counts": self.counts}
        if self.kind == "bins":
            parts["edges"] = self.edges
        return json.dumps(parts, ensure_ascii=False)

    @classmethod
    def from_json(cls, text: str | bytes) -> Vocabulary:
        """Read what :meth:`to_json` wrote.

        Raises:
            DataError: The text is too long, no JSON, or no vocabulary.
        """
        if len(text) > MAX_JSON_BYTES:
            raise DataError(
                f"vocabulary: its JSON must be at most {MAX_JSON_BYTES:,} long; got {len(text):,}."
            )
        try:
            parsed = json.loads(text)
            needed = {"kind", "values", "counts"}
            if not isinstance(parsed, dict) or set(parsed) - {"edges"} != needed:
                raise DataError("vocabulary: its JSON must hold exactly kind, values and counts.")
            lists = [parsed["values"], parsed["counts"], parsed.get("edges", [])]
            if not all(isinstance(part, list) for part in lists):
                raise DataError("vocabulary: values and counts must be lists.")
            values, counts, edges = map(tuple, lists)
            vocabulary = cls(parsed["kind"], values, counts, edges)
            # A lone surrogate is legal JSON, but can't be printed or stored.
            vocabulary.to_json().encode("utf-8")
        except DataError:
            raise
        # Deep nesting ends in RecursionError, a huge number or bad UTF-8 in ValueError, and a
        # kind that can't be hashed or compared in TypeError.
        except (ValueError, RecursionError, TypeError) as error:
            raise DataError(f"vocabulary: its JSON cannot be read: {error}.") from error
        return vocabulary


def _as_text(value: object, where: str) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, (int, np.integer)) and not isinstance(value, bool):
        return str(int(value))
    raise DataError(
        f"{where}: {value!r} is of type {type(value).__name__}. "
        "Values must be text or whole numbers, or None where missing."
    )

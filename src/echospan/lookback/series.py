"""A series as it is analysed: gaps cut, missing values filled, and a part of it if it is long."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from echospan.errors import DataError
from echospan.lookback.folds import BoolArray, FloatArray, IntArray
from echospan.lookback.seen import Seen
from echospan.lookback.table import Kind, Table

LEAST = 40
"""Values below which nothing is said."""

STRETCH = 1_000
"""Values of a stretch that is taken from a long series."""

MOST = {"numbers": 10_000, "symbols": 100_000}
"""Values that are analysed."""

SYMBOLS = 256
"""Different symbols at most; rarer ones are taken together."""

RUN = 0.2
"""Of the values: a run of equal ones beyond that is told."""


@dataclass(frozen=True)
class Observed:
    """One or several series, joined.

    Attributes:
        values: Numbers (time, columns), the target first, or symbols (time,). Where targets are
            apart: what is visible.
        first: Index of the first value of the stretch that each value belongs to (time,). No
            window crosses from one stretch into the next.
        clock: The step at which each value was taken (time,).
        known: Whether the target was measured there (time,).
        kind: Of the values.
        names: Of the columns, the target first.
        symbols: How many there are; 0 for numbers.
        total: Values that were given.
        notes: What was done to the data, in sentences.
        targets: What is asked at each step (time,), where it is not visible afterwards; None where
            the first column is the target.
    """

    values: np.ndarray
    first: IntArray
    clock: FloatArray
    known: BoolArray
    kind: Kind
    names: tuple[str, ...]
    symbols: int
    total: int
    notes: tuple[str, ...] = ()
    targets: np.ndarray | None = None

    @property
    def seen(self) -> Seen:
        """What is visible, and what is asked."""
        if self.targets is None:
            return Seen.series(self.values)
        return Seen(self.values, self.targets, own=False)

    @property
    def inputs(self) -> tuple[str, ...]:
        """Names of what is visible."""
        return self.names if self.targets is None else self.names[1:]

    @property
    def typical_stretch(self) -> int:
        """The length that half of the values have around them, or more."""
        lengths = np.sort(_lengths(self.first))[::-1]
        return int(lengths[np.searchsorted(np.cumsum(lengths), len(self.first) / 2)])


def observed(table: Table, kind: Kind, seed: int) -> Observed:
    """Prepare a table.

    Args:
        table: Its columns, the target first.
        kind: What the target is.
        seed: Of the part that is taken from a long series.

    Raises:
        DataError: There are too few values, all are missing, or all are equal.
    """
    total = len(table.first)
    # First of all: what follows makes copies.
    table = _sampled(table, kind, seed)
    found = _numbers(table, total) if kind == "numbers" else _symbols(table, total)
    _refuse(found, table.names[0])
    return _remarked(found)


def prepared(found: Observed, seed: int) -> Observed:
    """A part of what was put together otherwise, if it is long, with remarks on it.

    Args:
        found: Without missing inputs.
        seed: Of the part that is taken.

    Raises:
        DataError: There are too few targets, or all are equal.
    """
    part = _part(found.first, found.kind, seed)
    if part is not None:
        found = replace(
            found,
            values=found.values[part.index],
            first=part.first,
            clock=found.clock[part.index],
            known=found.known[part.index],
            targets=None if found.targets is None else found.targets[part.index],
            notes=(*found.notes, part.note),
        )
    _refuse(found, found.names[0])
    return _remarked(found)


def _numbers(table: Table, total: int) -> Observed:
    values = np.stack([np.asarray(column, np.float64) for column in table.columns], 1)
    notes = list(table.notes)
    endless = np.isinf(values)
    if endless.any():
        values = np.where(endless, np.nan, values)
        notes.append(f"{int(endless.sum()):,} infinite values were taken as missing.")
    known = ~np.isnan(values[:, 0])
    if not len(known):
        raise DataError(f"{table.names[0]} is empty.")
    if not known.any():
        raise DataError(f"{table.names[0]}: all {len(known):,} values are missing.")
    first, clock = table.first, table.clock
    missing = np.isnan(values)
    if missing.any():
        values = _filled(values, first)
        kept: BoolArray = np.logical_not(np.isnan(values).any(1))
        values, known, clock = values[kept], known[kept], clock[kept]
        first = _renumbered(first, kept)
        if not len(values):
            raise DataError(f"{table.names[-1]}: all values are missing.")
        notes.append(
            f"{missing.mean():.1%} of the values are missing. As inputs they were filled with the "
            "last value before; as targets they were left out."
        )
    return Observed(values, first, clock, known, "numbers", table.names, 0, total, tuple(notes))


def _symbols(table: Table, total: int) -> Observed:
    codes, labels = table.codes, table.labels
    notes = list(table.notes)
    known = codes >= 0
    if not len(known):
        raise DataError(f"{table.names[0]} is empty.")
    if not known.any():
        raise DataError(f"{table.names[0]}: all {len(known):,} values are missing.")
    counts = np.bincount(codes[known], minlength=len(labels))
    symbols = int((counts > 0).sum())
    if symbols > SYMBOLS:
        often = np.argsort(-counts, kind="stable")[: SYMBOLS - 1]
        new = np.full(len(labels), SYMBOLS - 1)
        new[often] = np.arange(SYMBOLS - 1)
        rare = 1 - counts[often].sum() / counts.sum()
        notes.append(
            f"There are {symbols:,} different symbols. The {symbols - SYMBOLS + 1:,} rarest "
            f"({rare:.1%} of the values) were taken as one."
        )
        symbols = SYMBOLS
    else:
        new = np.cumsum(counts > 0) - 1
    values = np.where(known, new[np.maximum(codes, 0)], symbols)
    if not known.all():
        notes.append(
            f"{1 - known.mean():.1%} of the values are missing. As inputs they are a symbol of "
            "their own; as targets they were left out."
        )
        symbols += 1
    return Observed(
        values.astype(np.int64), table.first, table.clock, known, "symbols", table.names, symbols,
        total, tuple(notes),
    )  # fmt: skip


def _refuse(found: Observed, name: str) -> None:
    count = int(found.known.sum())
    target = found.seen.targets[found.known]
    if count < LEAST:
        raise DataError(
            f"{name} has {count} values that are not missing; at least {LEAST} are needed."
        )
    if (target == target[0]).all():
        raise DataError(
            f"{name} is constant: all {count:,} values are equal, so there is nothing to predict."
        )
    if found.kind == "numbers":
        with np.errstate(over="ignore"):
            spread = target.std()
        if not np.isfinite(spread) or spread == 0:
            raise DataError(f"{name} holds numbers too large or too close to compute with.")


def _filled(values: FloatArray, first: IntArray) -> FloatArray:
    """Each missing value as the last one before it in its stretch; NaN where there is none."""
    time = np.arange(len(values))[:, None]
    last = np.maximum.accumulate(np.where(np.isnan(values), -1, time), axis=0)
    filled = values[np.maximum(last, 0), np.arange(values.shape[1])[None, :]]
    return np.where(last >= first[:, None], filled, np.nan)


def _renumbered(first: IntArray, kept: BoolArray) -> IntArray:
    """`first` of the values that are kept: only the beginning of a stretch may go."""
    begins = np.diff(first[kept], prepend=-1) != 0
    first = np.flatnonzero(begins)[np.cumsum(begins) - 1].astype(np.int64)
    return first


def _lengths(first: IntArray) -> IntArray:
    return np.diff(np.flatnonzero(np.diff(first, prepend=-1)), append=len(first))


@dataclass(frozen=True)
class _Part:
    """Contiguous stretches of a long series.

    Attributes:
        index: Of the values that are taken.
        first: As `Observed.first`, of these.
        note: What was taken.
    """

    index: IntArray
    first: IntArray
    note: str


def _part(first: IntArray, kind: Kind, seed: int) -> _Part | None:
    """Contiguous stretches from all over a long series; None where it is not long."""
    most = MOST[kind]
    if len(first) <= most:
        return None
    starts, lengths = np.unique(first), _lengths(first)
    length = most // 10 if kind == "symbols" else STRETCH
    pieces = [
        (start + begin, start + min(begin + length, whole))
        for start, whole in zip(starts.tolist(), lengths.tolist(), strict=True)
        for begin in range(0, whole, length)
    ]
    rng = np.random.default_rng([seed, 5])
    pieces = [piece for piece in pieces if piece[1] - piece[0] >= min(length, lengths.max()) // 2]
    mean = sum(end - begin for begin, end in pieces) / len(pieces)
    count = min(max(round(most / mean), 1), len(pieces))
    places = (np.arange(count) + rng.uniform()) * len(pieces) / count
    taken = [pieces[int(place)] for place in places]
    index = np.concatenate([np.arange(*piece) for piece in taken])
    sizes = [end - begin for begin, end in taken]
    note = (
        f"Of {len(first):,} values, {len(index):,} were used: {len(taken):,} contiguous "
        f"stretches of up to {max(sizes):,}, spread evenly."
    )
    return _Part(index, starts_of(sizes), note)


def _sampled(table: Table, kind: Kind, seed: int) -> Table:
    """A part of a long table."""
    part = _part(table.first, kind, seed)
    if part is None:
        return table
    return replace(
        table,
        columns=tuple(column[part.index] for column in table.columns),
        codes=table.codes[part.index] if len(table.codes) else table.codes,
        first=part.first,
        clock=table.clock[part.index],
        notes=(*table.notes, part.note),
    )


def _remarked(found: Observed) -> Observed:
    """The same with a remark on runs of equal numbers, as of a sensor that broke."""
    if found.kind == "symbols":
        return found
    target = found.seen.targets
    changes = np.flatnonzero(np.diff(target) != 0)
    run = int(np.diff(np.concatenate([[-1], changes, [len(target) - 1]])).max())
    if run <= RUN * len(target):
        return found
    note = (
        f"{run:,} values in a row are equal ({run / len(target):.0%} of the series). If a sensor "
        "stopped there, cut them off: they look like memory."
    )
    return replace(found, notes=(*found.notes, note))


def starts_of(lengths: Sequence[int]) -> IntArray:
    """`first` of series with these lengths that are joined."""
    if not len(lengths):
        return np.empty(0, np.int64)
    begin = np.cumsum([0, *lengths[:-1]])
    return np.repeat(begin, lengths).astype(np.int64)

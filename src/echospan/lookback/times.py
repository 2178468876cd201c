"""The time of each row: order, doubles, gaps."""

from __future__ import annotations

import warnings
from dataclasses import replace
from datetime import UTC, datetime

import numpy as np

from echospan.errors import DataError
from echospan.lookback.folds import FloatArray, IntArray
from echospan.lookback.series import starts_of
from echospan.lookback.table import Table

GAP = 1.5
"""Usual steps beyond which a step is a gap."""

LONG = 100
"""Values that stretches between gaps must typically have to be worth cutting there."""

INSERTED = 0.1
"""Of the rows, how many may be inserted as missing."""


def seconds_of(values: np.ndarray, name: str) -> FloatArray:
    """Times as numbers (time,): numbers as they are, dates in seconds.

    Raises:
        DataError: They are neither, or some are missing.
    """
    found = _seconds(values, name)
    if not np.isfinite(found).all():
        raise DataError(
            f"{name}: {int((~np.isfinite(found)).sum()):,} times are missing. Drop those rows."
        )
    return found


def _seconds(values: np.ndarray, name: str) -> FloatArray:
    if values.dtype.kind in "iuf":
        return values.astype(np.float64)
    if values.dtype.kind == "M":
        ticks = values.astype("datetime64[us]")
        return np.where(np.isnat(ticks), np.nan, ticks.astype(np.int64) / 1e6)
    listed = values.tolist()
    if any(one is None for one in listed):
        return np.array([np.nan if one is None else 0.0 for one in listed])
    if listed and hasattr(listed[0], "timestamp"):
        return np.array([_utc(one) for one in listed])
    texts = [str(one).strip() for one in listed]
    with warnings.catch_warnings():
        # NumPy warns of zones, which Python reads.
        warnings.simplefilter("error")
        try:
            return np.array(texts, dtype="datetime64[us]").astype(np.int64) / 1e6
        except (ValueError, Warning):
            pass
    try:
        return np.array([_utc(datetime.fromisoformat(one)) for one in texts])
    except ValueError as error:
        raise DataError(
            f"{name} must hold numbers or dates as 2026-11-30 12:00; {str(error)[:80]}."
        ) from None


def _utc(moment: datetime) -> float:
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def in_groups(by: np.ndarray) -> tuple[IntArray, IntArray]:
    """The order that puts the rows of each group together, and `first` of the groups then.

    Args:
        by: The group of each row (time,).
    """
    labels = np.array([str(one) for one in by.tolist()]) if by.dtype.kind == "O" else by
    _, seen, group = np.unique(labels, return_index=True, return_inverse=True)
    # In the order in which the groups first appear.
    rank = np.argsort(np.argsort(seen))[group]
    order = np.argsort(rank, kind="stable")
    return order.astype(np.int64), starts_of(np.bincount(rank).tolist())


def heeding_time(table: Table, time: FloatArray, name: str) -> Table:
    """The table with gaps of time cut, or filled with missing rows.

    Args:
        table: Its rows.
        time: Of each row (time,).
        name: Of the times, for errors.

    Raises:
        DataError: Times go back, or are doubled.
    """
    inside = np.diff(table.first) == 0
    steps = np.diff(time)
    _refuse(steps, inside, name)
    if not inside.any():
        return table
    usual = float(np.median(steps[inside]))
    if table.first[-1]:
        # Of several series, those rows belong together that have the same time.
        table = replace(table, clock=np.rint((time - time.min()) / usual))
    gaps = inside & (steps > GAP * usual)
    if not gaps.any():
        return table
    cut = np.concatenate([[True], ~inside | gaps])
    first = np.flatnonzero(cut)[np.cumsum(cut) - 1].astype(np.int64)
    lengths = np.sort(np.bincount(first))[::-1]
    typical = lengths[np.searchsorted(np.cumsum(lengths), len(first) / 2)]
    if typical >= LONG or typical >= len(first) / 4:
        note = f"The series was cut at {int(gaps.sum()):,} gaps in {name}."
        return replace(table, first=first, notes=(*table.notes, note))
    skipped = np.where(gaps, np.rint(steps / usual) - 1, 0.0)
    regular = np.abs(steps / usual - np.rint(steps / usual))[gaps].max() < 0.1
    if regular and skipped.sum() <= INSERTED * len(time):
        return _inserted(table, skipped.astype(np.int64), name)
    note = (
        f"{gaps.sum() / inside.sum():.0%} of the steps of {name} are longer than the usual one. "
        "Rows were taken as if they followed each other evenly."
    )
    return replace(table, notes=(*table.notes, note))


def _inserted(table: Table, skipped: IntArray, name: str) -> Table:
    """Rows without values where the time leaps over some."""
    place = np.arange(len(table.first)) + np.concatenate([[0], np.cumsum(skipped)])
    size = int(place[-1]) + 1
    first = np.zeros(size, np.int64)
    first[place] = place[table.first]
    first = np.maximum.accumulate(first)
    clock = np.interp(np.arange(size), place, table.clock)

    def spread(column: np.ndarray, empty: float) -> np.ndarray:
        new = np.full(size, empty, column.dtype)
        new[place] = column
        return new

    note = f"{size - len(place):,} rows that {name} leaps over were inserted as missing."
    return replace(
        table,
        first=first,
        clock=clock,
        columns=tuple(spread(column, np.nan) for column in table.columns),
        codes=spread(table.codes, -1) if len(table.codes) else table.codes,
        notes=(*table.notes, note),
    )


def _refuse(steps: FloatArray, inside: np.ndarray, name: str) -> None:
    back = np.flatnonzero(inside & (steps < 0))
    if len(back):
        raise DataError(
            f"{name} is not sorted: row {int(back[0]) + 2:,} is earlier than the row before it. "
            "Sort the rows by time."
        )
    twice = np.flatnonzero(inside & (steps == 0))
    if len(twice):
        raise DataError(
            f"{name} is doubled: rows {int(twice[0]) + 1:,} and {int(twice[0]) + 2:,} have the "
            "same time. If the rows belong to several series, name their column: --by COLUMN "
            "(by=...)."
        )

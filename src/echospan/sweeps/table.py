"""The rows of a sweep's table, from the store, and from a table that was kept before."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from echospan.errors import ConfigError, DataError, StoreError
from echospan.given import open_given
from echospan.limits import sizes
from echospan.results.data import read_frame
from echospan.results.sweep import FINISHED, MISSING, SweepRow
from echospan.store import Store
from echospan.store.claims import Claims
from echospan.store.record import RunRecord
from echospan.sweeps.plan import LONGEST_PATH, Plan
from echospan.sweeps.verbs import Unit

_BLOCK = 500

Ready = Mapping[str, SweepRow]
"""Finished rows by fingerprint."""


def rows(plan: Plan, store: Store | None, ready: Ready) -> Iterator[SweepRow]:
    """A row for each unit, as it stands now.

    Args:
        plan: The sweep.
        store: Where its units are; None where there is none yet.
        ready: Rows of units that were finished elsewhere.
    """
    block: list[Unit] = []
    for unit in plan.units():
        block.append(unit)
        if len(block) == _BLOCK:
            yield from _rows(plan, store, ready, block)
            block = []
    yield from _rows(plan, store, ready, block)


def _rows(plan: Plan, store: Store | None, ready: Ready, block: list[Unit]) -> Iterator[SweepRow]:
    known: Mapping[str, RunRecord] = {}
    claims = None if store is None else Claims(store, plan.verb.kind)
    if claims is not None:
        known = claims.known([unit.fingerprint for unit in block])
    for unit in block:
        swept = {name: unit.settings[name] for name in plan.fields if name in unit.settings}
        record = known.get(unit.fingerprint)
        if (record is None or record.state != FINISHED) and unit.fingerprint in ready:
            row = ready[unit.fingerprint]
            yield SweepRow(swept, FINISHED, unit.fingerprint, "", row.values, row.seconds)
        elif record is None or claims is None:
            yield SweepRow(swept, MISSING, unit.fingerprint)
        else:
            yield _row(plan, claims, swept, record)


def _row(plan: Plan, claims: Claims, swept: dict[str, Any], record: RunRecord) -> SweepRow:
    values: dict[str, Any] = {}
    error = ""
    state: str = record.state
    with suppress(StoreError):
        if record.state == FINISHED:
            error = "Its result can't be read."
            values = plan.verb.row(claims.result(record.run_id))
            error = ""
        elif record.state == "failed":
            lines = claims.failure(record.run_id).strip().splitlines()
            error = lines[-1][:300] if lines else ""
    return SweepRow(
        swept, state, record.fingerprint, record.run_id, values, record.seconds, error
    )  # fmt: skip


def read_ready(path: str | Path, plan: Plan) -> dict[str, SweepRow]:
    """The finished rows of a table that `SweepResult.save` wrote.

    Args:
        path: A .parquet or .csv file.
        plan: The sweep, whose verb says which numbers a row has.

    Raises:
        ConfigError: It is another kind of file.
        DataError: It is missing, or is no such table.
        MissingExtra: polars is not installed.
    """
    suffix = Path(path).suffix.lower()
    if suffix not in (".parquet", ".csv") or len(str(path)) > LONGEST_PATH:
        allowed = "a .parquet or .csv file that `echospan sweep -o` wrote"
        raise ConfigError("ready", allowed, str(path))
    with open_given(path, "a table of a sweep", sizes.SERIES_FILE) as file:
        table = read_frame(file, suffix, str(path))
    columns = plan.verb.columns
    if missing := [name for name in ("fingerprint", "state") if name not in table.columns]:
        raise DataError(f"{path} is no table of a sweep: it has no column {missing[0]}.")
    there = [name for name in columns if name in table.columns]
    found = {}
    for row in table.iter_rows(named=True):
        if row["state"] == FINISHED:
            values = {name: row[name] for name in there}
            name = str(row["fingerprint"])
            found[name] = SweepRow({}, FINISHED, name, "", values, row.get("seconds"))
    return found

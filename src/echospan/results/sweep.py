"""What a sweep came to: one row a unit, with its settings and its numbers."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar

from echospan.results.data import Data, frame

if TYPE_CHECKING:
    import polars

FINISHED, MISSING = "finished", "missing"


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


@dataclass(frozen=True)
class SweepData(Data):
    """What a sweep came to. `to_dict` is what `echospan sweep --json` prints.

    Attributes:
        name: Of the sweep's file.
        verb: What was done with each unit: "run", "span" or "check", say.
        fields: The fields that were swept, in the order of the file.
        columns: Names of the numbers of each row, with their types in a frame.
        score: The number that figures show.
        total: Units of the sweep.
        before: Units that were finished before it began.
        done: Units that it finished.
        failed: Units that failed, now or before.
        seconds: Time that it took.
        expected_seconds: Time that what is left takes, one unit after the other, from what finished
            runs of the same shape took; None where that was not measured.
        workers: Units that were done at the same time, roughly; 0 where none was done.
        stopped: Whether the user ended it early.
        rows: One a unit, in the order of the file, seeds together.
    """

    computed: ClassVar[tuple[str, ...]] = ("left",)

    name: str
    verb: str
    fields: tuple[str, ...]
    columns: dict[str, str]
    score: str
    total: int
    before: int = 0
    done: int = 0
    failed: int = 0
    seconds: float = 0.0
    expected_seconds: float | None = None
    workers: int = 0
    stopped: bool = False
    rows: tuple[SweepRow, ...] = ()

    @property
    def left(self) -> int:
        """Units that are neither finished nor failed."""
        return self.total - self.before - self.done - self.failed

    def to_frame(self) -> polars.DataFrame:
        """Return one row a unit: swept fields, state, numbers, run and fingerprint.

        Lists and tables among the settings are JSON text. What does not apply to a unit, or is not
        known of it, is null.

        Raises:
            MissingExtra: polars is not installed.
        """
        kinds = {name: _kind([row.settings.get(name) for row in self.rows]) for name in self.fields}
        columns = {
            **kinds,
            "state": "String",
            **self.columns,
            "seconds": "Float64",
            "run_id": "String",
            "fingerprint": "String",
        }
        return frame(columns, [self._cells(row, kinds) for row in self.rows])

    def _cells(self, row: SweepRow, kinds: Mapping[str, str]) -> tuple[Any, ...]:
        swept = [_cell(row.settings.get(name), kinds[name]) for name in self.fields]
        values = [
            _cell(row.values.get(name), kind) for name, kind in self.columns.items()
        ]  # fmt: skip
        return (*swept, row.state, *values, row.seconds, row.run_id, row.fingerprint)


def _kind(values: Sequence[Any]) -> str:
    """The type of a column that holds them all."""
    kinds = {type(value) for value in values if value is not None}
    if kinds == {bool}:
        return "Boolean"
    if kinds == {int}:
        return "Int64"
    if kinds and kinds <= {int, float}:
        return "Float64"
    return "String"


def _cell(value: Any, kind: str) -> Any:
    if value is None:
        return None
    if kind == "Float64" and isinstance(value, int | float):
        return float(value)
    if kind == "String" and not isinstance(value, str):
        return json.dumps(value)
    return value

"""What a sweep came to: one row a unit, with its settings and its numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from echospan.extras import needs
from echospan.results.data import Data, frame
from echospan.results.sweep_rows import FINISHED, MISSING, SweepRow, SweepRows, cell

if TYPE_CHECKING:
    import polars

__all__ = ["FINISHED", "MISSING", "SweepData", "SweepRow", "SweepRows"]


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
        rows: One a unit, in the order of the file, seeds together; a sequence of `SweepRow`, each
            made when it is asked for.
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
    rows: Sequence[SweepRow] = ()

    def __post_init__(self) -> None:
        if not isinstance(self.rows, SweepRows):
            object.__setattr__(self, "rows", SweepRows(self.fields, self.columns, self.rows))

    @property
    def units(self) -> SweepRows:
        """The rows, with what asks for some of them without making all."""
        assert isinstance(self.rows, SweepRows)
        return self.rows

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
        needs("A result as a frame", "polars")
        if (made := self.units.frame()) is not None:
            return made
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
        swept = [cell(row.settings.get(name), kinds[name]) for name in self.fields]
        values = [
            cell(row.values.get(name), kind) for name, kind in self.columns.items()
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

"""Rows of the reference table: spans of many architectures, measured by one protocol."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from echospan.errors import DataError
from echospan.results.data import Data, frame
from echospan.results.span_interval import SpanInterval

if TYPE_CHECKING:
    import polars

COLUMNS: dict[str, str] = {
    "model": "String",
    "source": "String",
    "task": "String",
    "symbols": "Int64",
    "parameters_asked": "Int64",
    "parameters": "Int64",
    "span": "Int64",
    "span_status": "String",
    "span_at_least": "Int64",
    "first_failed": "Int64",
    "span_low": "Int64",
    "span_high": "Int64",
    "span_confidence": "Float64",
    "bits_held": "Float64",
    "state_bytes": "Float64",
    "verdict": "String",
    "updates": "Int64",
    "seconds": "Float64",
    "protocol": "String",
    "protocol_fingerprint": "String",
    "standard": "Boolean",
    "versions": "String",
    "fingerprint": "String",
}
"""Types of the columns, by the names of polars."""


@dataclass(frozen=True)
class ReferenceRow(Data):
    """One sheet of the reference table.

    Attributes:
        model: Name of the architecture.
        source: Package that it comes from.
        task: Name of the task.
        symbols: Number of distinct symbols; None where inputs are numbers.
        parameters_asked: Number of parameters that was asked for; None where none was.
        parameters: Number that the model has.
        span: Span in steps; None unless measured.
        span_status: "measured", "at_least" or "undecided".
        span_at_least: The span is at least this; None where nothing is known.
        first_failed: Smallest lag that failed; None where none did.
        span_low: Lower end of the interval of the span; None where no lag was measured.
        span_high: Upper end; None where nothing that was tested rules out longer spans.
        span_confidence: Of the interval (see `span_interval`).
        bits_held: Bits about the past in the state, at least; None where not measured.
        state_bytes: Bytes of state of one sequence; None where not known.
        verdict: What limits it, as one word.
        updates: Weight updates made in all.
        seconds: Time taken.
        protocol: Name of the protocol.
        protocol_fingerprint: Depends on all of its rules.
        standard: Whether nothing but the task and its symbols differs from the protocol.
        versions: Of the packages, such as "echospan 0.1.0, jax 0.12.0".
        fingerprint: Depends on all that decides the sheet.
    """

    model: str
    source: str
    task: str
    symbols: int | None
    parameters_asked: int | None
    parameters: int
    span: int | None
    span_status: str
    span_at_least: int | None
    first_failed: int | None
    span_low: int | None
    span_high: int | None
    span_confidence: float | None
    bits_held: float | None
    state_bytes: float | None
    verdict: str
    updates: int
    seconds: float
    protocol: str
    protocol_fingerprint: str
    standard: bool
    versions: str
    fingerprint: str

    @property
    def interval(self) -> SpanInterval | None:
        """The interval of the span over seeds; None where no lag was measured."""
        if self.span_low is None or self.span_confidence is None:
            return None
        return SpanInterval(self.span_low, self.span_high, self.span_confidence)


@dataclass(frozen=True)
class ReferenceTable(Data):
    """Rows of the reference table beside which a user's sheets stand.

    Attributes:
        rows: Made by the same protocol and version of echospan, on the same task.
        left_out: Number of the table's other rows, by what differs.
        notes: What else there is to say.
    """

    rows: tuple[ReferenceRow, ...]
    left_out: dict[str, int] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


def read_csv(text: str) -> list[ReferenceRow]:
    """Rows of a table that `to_csv` wrote.

    Raises:
        DataError: A column is missing, or a value is of another type.
    """
    readers: dict[str, Callable[[str], Any]] = {
        "Int64": int,
        "Float64": float,
        "Boolean": lambda text: text == "true",
    }
    rows = []
    for number, line in enumerate(csv.DictReader(io.StringIO(text)), 2):
        try:
            values = {
                name: None if line[name] == "" else readers.get(kind, str)(line[name])
                for name, kind in COLUMNS.items()
            }
        except (KeyError, TypeError, ValueError) as error:
            raise DataError(f"Line {number} is no row of a reference table: {error}.") from None
        rows.append(ReferenceRow.from_dict(values))
    return rows


def to_csv(rows: Iterable[ReferenceRow]) -> str:
    """The rows as CSV; what is not known is empty."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    for row in rows:
        writer.writerow(_written(getattr(row, name)) for name in COLUMNS)
    return text.getvalue()


def to_frame(rows: Sequence[ReferenceRow]) -> polars.DataFrame:
    """The rows as a data frame.

    Raises:
        MissingExtra: polars is not installed.
    """
    return frame(COLUMNS, [[getattr(row, name) for name in COLUMNS] for row in rows])


def _written(value: Any) -> str:
    if value is None:
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value)

"""The reference table that comes with echospan: its rows, and the row of a sheet."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import cache
from importlib import metadata, resources
from typing import Any

from echospan.results.reference import ReferenceRow, ReferenceTable, read_csv
from echospan.results.sheet import SheetData
from echospan.results.span_interval import span_interval

OF_TASK = ("task", "symbols")
"""Settings of a protocol that the rows of the table may have their own of."""


@cache
def shipped_rows() -> tuple[ReferenceRow, ...]:
    """All rows of the table that comes with this version."""
    file = resources.files("echospan") / "reference" / "table.csv"
    return tuple(read_csv(file.read_text("utf-8")))


def reference_for(
    sheets: Sequence[SheetData], rows: Sequence[ReferenceRow] | None = None
) -> ReferenceTable:
    """The rows of the table that sheets may stand beside, and how many may not.

    Args:
        sheets: Made by the same protocol; at least one.
        rows: The table; left out, the one that comes with echospan.
    """
    first, kept, left = sheets[0], [], Counter[str]()
    here = f"echospan {metadata.version('echospan')}"
    for row in shipped_rows() if rows is None else rows:
        reason = _differs(row, first, here)
        if reason:
            left[reason] += 1
        else:
            kept.append(row)
    others = sorted({row.versions for row in kept})
    notes = [f"Measured with {one}." for one in others]
    if not kept:
        notes.append("No row of the reference table was made by the rules of these sheets.")
    return ReferenceTable(tuple(kept), dict(left), tuple(notes))


def _differs(row: ReferenceRow, sheet: SheetData, here: str) -> str:
    """What keeps a row from standing beside a sheet; empty for nothing."""
    use = sheet.protocol
    if use is None or use.fingerprint != row.protocol_fingerprint:
        return "another protocol"
    if any(name not in OF_TASK for name in use.changed):
        return "sheets that differ from the protocol"
    if (row.task, row.symbols) != (sheet.task, sheet.symbols):
        return "another task or number of symbols"
    if here not in row.versions.split(", "):
        return "another version of echospan"
    return ""


def row_of(
    sheet: SheetData,
    *,
    model: str,
    source: str,
    asked: int | None,
    versions: Mapping[str, str],
    fingerprint: str,
) -> ReferenceRow:
    """The row of a sheet.

    Args:
        sheet: The sheet.
        model: What the table calls the model.
        source: Package that it comes from.
        asked: Number of parameters that was asked for.
        versions: Of packages, by name.
        fingerprint: Of all that decides the sheet.
    """
    use, interval = sheet.protocol, span_interval(sheet)
    assert use is not None
    bits = sheet.bits_of_state
    return ReferenceRow(
        model=model,
        source=source,
        task=sheet.task,
        symbols=sheet.symbols,
        parameters_asked=asked,
        parameters=sheet.parameters,
        span=sheet.span,
        span_status=sheet.span_status,
        span_at_least=sheet.span_at_least,
        first_failed=sheet.first_failed,
        span_low=None if interval is None else interval.low,
        span_high=None if interval is None else interval.high,
        span_confidence=None if interval is None else interval.confidence,
        bits_held=None if sheet.bits_held is None else round(sheet.bits_held, 2),
        state_bytes=None if bits is None else bits / 8,
        verdict=sheet.verdict_code,
        updates=sheet.updates,
        seconds=round(sheet.seconds, 1),
        protocol=use.name,
        protocol_fingerprint=use.fingerprint,
        standard=not sheet.interrupted and all(name in OF_TASK for name in use.changed),
        versions=", ".join(f"{name} {version}" for name, version in versions.items()),
        fingerprint=fingerprint,
    )


def fingerprint_of(
    settings: Mapping[str, Any], sources: Mapping[str, str], versions: Mapping[str, str]
) -> str:
    """Sixteen hexadecimal digits that depend on all that decides a sheet.

    Args:
        settings: Arguments of `echospan.span`, with the protocol's fingerprint for the protocol.
        sources: SHA-256 of the files that the model is made of.
        versions: Of packages, by name.
    """
    content = json.dumps([dict(settings), dict(sources), dict(versions)], sort_keys=True)
    return hashlib.sha256(content.encode()).hexdigest()[:16]

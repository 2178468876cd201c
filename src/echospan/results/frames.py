"""Data frames of results: tidy, with the same columns whatever was measured."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import polars


def frame(columns: Mapping[str, str], rows: Sequence[Sequence[Any]]) -> polars.DataFrame:
    """Return a frame with those columns, also where there is no row.

    Args:
        columns: Name of a polars type ("Int64") by name of the column.
        rows: One tuple a row, in the order of the columns.
    """
    # Needed by few calls, and a quarter of a second to import.
    import polars

    schema = {name: getattr(polars, kind) for name, kind in columns.items()}
    return polars.DataFrame([list(row) for row in rows], schema=schema, orient="row")


def stacked(frames: Sequence[polars.DataFrame]) -> polars.DataFrame:
    """Return the frames below each other."""
    import polars

    return polars.concat(list(frames)) if frames else polars.DataFrame()

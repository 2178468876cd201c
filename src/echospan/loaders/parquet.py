"""One column of a Parquet file, where polars is installed."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from echospan.errors import DataError
from echospan.given import open_given
from echospan.limits import require_memory, sizes
from echospan.limits.consent import HOW, lifted
from echospan.limits.memory import shown_bytes

_BYTES = 8
"""Of the widest number."""


def parquet_column(path: Path, column: str, limit: int = sizes.ARRAYS) -> np.ndarray:
    """The numbers of a column (time,).

    Args:
        path: The file.
        column: The column's name.
        limit: Bytes that the column may take, unless the limits are lifted.

    Raises:
        DataError: The file is missing, damaged or too large, there is no such column, or it holds
            something else than whole numbers; or polars is not installed.
    """
    try:
        import polars
    except ImportError:
        raise DataError(
            f"{path} is read by polars, which is not installed: pip install polars. "
            "Or export the column as CSV."
        ) from None
    with open_given(path, "a Parquet file", sizes.SERIES_FILE) as file:
        try:
            # Only the end of the file is read for these two.
            schema = polars.read_parquet_schema(file)
            file.seek(0)
            rows = polars.scan_parquet(file).select(polars.len()).collect().item()
        except BaseException as error:
            raise _damaged(path, error) from None
        if column not in schema:
            raise DataError(f"{path}: there is no column {column!r}. It has {_names(schema)}.")
        if not schema[column].is_integer():
            raise DataError(
                f"{path}, column {column!r} must hold whole numbers; it holds {schema[column]}. "
                "Export categories as CSV."
            )
        if rows * _BYTES > limit and not lifted():
            raise DataError(
                f"{path} holds {rows:,} rows, {shown_bytes(rows * _BYTES)}; at most "
                f"{shown_bytes(limit)} are read. {HOW}"
            )
        require_memory(2 * rows * _BYTES, f"Reading {path}")
        try:
            file.seek(0)
            values = polars.read_parquet(file, columns=[column])[column]
        except BaseException as error:
            raise _damaged(path, error) from None
    if values.null_count():
        raise DataError(f"{path}, column {column!r}: {values.null_count():,} cells are blank.")
    return values.to_numpy()


def _damaged(path: Path, error: BaseException) -> BaseException:
    """The error to raise; a panic of polars's own code is no `Exception`."""
    if isinstance(error, KeyboardInterrupt | SystemExit | GeneratorExit):
        return error
    said = " ".join(str(error).split())[:200]
    return DataError(f"{path} cannot be read as a Parquet file: {said.rstrip('.')}.")


def _names(schema: object) -> str:
    names = list(schema)  # type: ignore[call-overload]
    more = f" and {len(names) - 20} more" if len(names) > 20 else ""
    return ", ".join(map(repr, names[:20])) + more

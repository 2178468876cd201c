"""Arrays of numbers from a .npz, .npy, CSV or Parquet file."""

from __future__ import annotations

import math
import os
from pathlib import Path
from typing import BinaryIO

import numpy as np

from echospan.data import read_series
from echospan.errors import ConfigError, DataError
from echospan.given import open_given
from echospan.limits import require_memory, sizes
from echospan.limits.consent import HOW, lifted
from echospan.limits.memory import shown_bytes
from echospan.loaders.archive import open_archive, readable
from echospan.loaders.parquet import parquet_column

KINDS = "a .npz, .npy, .csv or .parquet file"

_PIECE = sizes.MIB
_AXES = 32
_NUMBERS = "biufc"


def load_arrays(
    path: str | os.PathLike[str], *, column: str | None = None, limit: int = sizes.ARRAYS
) -> dict[str, np.ndarray]:
    """Read the arrays of a file, after their headers said how large they are.

    Args:
        path: A .npz file, of which all arrays are read; a .npy file, whose array is called ``x``;
            or a .csv or .parquet file, of which one column is read.
        column: The column of a .csv or .parquet file; its name there is its name here.
        limit: Bytes that all arrays may take together, unless the limits are lifted.

    Returns:
        The arrays by name. A column of symbols is integers (time,), -1 where a cell is blank.

    Raises:
        ConfigError: `column` is missing, or given for a file without columns.
        DataError: The file is missing, damaged, too large, or holds something else than numbers.
    """
    place = Path(path)
    suffix = place.suffix.lower()
    if suffix in (".csv", ".parquet"):
        if column is None:
            raise ConfigError("column", f"given for a {suffix} file", None)
        if suffix == ".parquet":
            return {column: parquet_column(place, column, limit)}
        return {column: read_series(place, column).codes}
    if column is not None:
        raise ConfigError("column", "left out unless the file is .csv or .parquet", column)
    if suffix not in (".npz", ".npy"):
        raise DataError(f"{place} must be {KINDS}.")
    # The sizes of what is inside are looked at; the file may be a little larger than that.
    with open_given(place, f"a {suffix} file", limit + sizes.ARCHIVE_DIRECTORY) as file:
        if suffix == ".npy":
            with readable(str(place), "a .npy file"):
                size = os.fstat(file.fileno()).st_size
                return {"x": _array(file, size, str(place), limit)}
        return _archived(file, str(place), limit)


def load_column(path: str | os.PathLike[str], column: str | None) -> list[str]:
    """The values of one column as text, in order; none may be missing.

    Raises:
        ConfigError: `column` is missing, or given for a file without columns.
        DataError: As `load_arrays`; or a cell is blank, or an array has several axes.
    """
    place = Path(path)
    if place.suffix.lower() in (".npz", ".npy", ".parquet"):
        arrays = load_arrays(place, column=column)
        array = next(iter(arrays.values())) if len(arrays) == 1 else None
        if array is None or array.ndim != 1:
            raise DataError(f"{place} must hold one array with one axis, (time,).")
        return [str(value) for value in array.tolist()]
    if column is None:
        raise ConfigError("--column", "given with --data: the column to read", None)
    # As they stand there: what they are is known to the model that they are for.
    series = read_series(place, column, missing="refuse", kind="categories")
    return [str(value) for value in series.vocabulary.decode(series.codes)]


def _archived(file: BinaryIO, name: str, limit: int) -> dict[str, np.ndarray]:
    arrays: dict[str, np.ndarray] = {}
    with open_archive(file, name, limit) as archive:
        members = archive.infolist()
        require_memory(sum(member.file_size for member in members), f"Reading {name}")
        for member in members:
            label = member.filename.removesuffix(".npy")
            if label == member.filename or not label:
                raise DataError(
                    f"{name} must hold arrays only (numpy.savez); it holds {label[:80]!r}."
                )
            with archive.open(member) as part:
                arrays[label] = _array(part, member.file_size, f"{name}, array {label!r}", limit)  # type: ignore[arg-type]
    return arrays


def _array(file: BinaryIO, size: int, name: str, limit: int) -> np.ndarray:
    """The array in a stream of `size` bytes in NumPy's format, and nothing after it."""
    shape, fortran, dtype, header = _header(file)
    if dtype.hasobject or dtype.kind not in _NUMBERS or dtype.names is not None:
        raise DataError(f"{name} must hold numbers; it holds values of type {str(dtype)[:60]}.")
    if len(shape) > _AXES or any(type(n) is not int or not 0 <= n < 1 << 48 for n in shape):
        raise DataError(f"{name} has the impossible shape {_shown(shape)}.")
    nonempty = math.prod(n for n in shape if n) * dtype.itemsize
    needed = 0 if 0 in shape else nonempty
    if nonempty > limit and not lifted():
        raise DataError(
            f"{name} has the shape {_shown(shape)} and takes {shown_bytes(nonempty)}; at most "
            f"{shown_bytes(limit)} are read. {HOW}"
        )
    if header + needed != size:
        raise DataError(
            f"{name} is damaged: the shape {_shown(shape)} takes {needed:,} bytes, and "
            f"{size - header:,} follow its header."
        )
    require_memory(needed, f"Reading {name}")
    array = np.empty(shape[::-1] if fortran else shape, dtype)
    room = array.reshape(-1).view(np.uint8) if needed else np.empty(0, np.uint8)
    done = 0
    while done < needed:
        piece = file.read(min(_PIECE, needed - done))
        if not piece:
            raise DataError(f"{name} ends after {done:,} of {needed:,} bytes.")
        room[done : done + len(piece)] = np.frombuffer(piece, np.uint8)
        done += len(piece)
    # At the end of a member of an archive its checksum is compared.
    file.read(1)
    array = array.T if fortran else array
    return array.astype(dtype.newbyteorder("="), copy=False)


def _header(file: BinaryIO) -> tuple[tuple[int, ...], bool, np.dtype, int]:
    """Shape, whether it is in Fortran's order, dtype, and the bytes before the numbers."""
    from numpy.lib import format as npy

    start = file.tell()
    version = npy.read_magic(file)
    if version == (1, 0):
        shape, fortran, dtype = npy.read_array_header_1_0(file)
    elif version == (2, 0):
        shape, fortran, dtype = npy.read_array_header_2_0(file)
    else:
        # Version 3 differs by names of fields that are not ASCII, and fields are refused.
        raise ValueError(f"format version {version[0]}.{version[1]} is not for plain numbers")
    return shape, fortran, dtype, file.tell() - start


def _shown(shape: tuple[int, ...]) -> str:
    text = str(shape)
    return text if len(text) <= 60 else f"{text[:40]} ..."

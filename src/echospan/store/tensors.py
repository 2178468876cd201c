"""The header of a safetensors file, checked against the file's real size before use.

Source of the format: https://huggingface.co/docs/safetensors. A file is an unsigned 64-bit length
of the header, the header as JSON (name to dtype, shape and byte range; "__metadata__" to strings),
and the bytes of the arrays, in order and without holes. A header may lie: nothing is allocated
here, and only what this check lets through is allocated later.
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from io import BufferedReader
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from echospan.errors import StoreError
from echospan.store.files import MIB, file_size
from echospan.store.names import check_array_name
from echospan.store.problems import corrupt, os_errors

HEADER_LIMIT = 32 * MIB
AXES_LIMIT = 32

_DTYPES = {
    "BOOL": "?",
    "I8": "<i1",
    "U8": "<u1",
    "I16": "<i2",
    "U16": "<u2",
    "F16": "<f2",
    "I32": "<i4",
    "U32": "<u4",
    "F32": "<f4",
    "I64": "<i8",
    "U64": "<u8",
    "F64": "<f8",
    "C64": "<c8",
}


@dataclass(frozen=True)
class Entry:
    """One array of a file: its dtype, its shape and where its bytes begin in the file."""

    name: str
    dtype: np.dtype[Any]
    shape: tuple[int, ...]
    offset: int
    size: int


@dataclass(frozen=True)
class Header:
    """A checked header: arrays in the file's order, and the metadata strings."""

    entries: tuple[Entry, ...]
    metadata: dict[str, str]

    @property
    def size(self) -> int:
        """Bytes of all arrays together; at most the size of the file."""
        return sum(entry.size for entry in self.entries)


def read_header(file: BufferedReader, path: Path) -> Header:
    """Read and check the header of an open file.

    Raises:
        CorruptRun: The file is truncated, or the header is not JSON, asks for more or fewer bytes
            than the file has, or lets arrays overlap or leave holes.
    """
    size = file_size(file)
    with os_errors("read", path):
        prefix = file.read(8)
        if len(prefix) < 8:
            raise corrupt(path, f"it holds {size} bytes, too few for a safetensors file")
        length = int.from_bytes(prefix, "little")
        if length > size - 8:
            raise corrupt(path, f"its header claims {length} bytes, but {size - 8} follow")
        if length > HEADER_LIMIT:
            raise corrupt(path, f"its header holds {length} bytes, and {HEADER_LIMIT} are allowed")
        raw = file.read(length)
    if len(raw) < length:
        raise corrupt(path, "it became shorter while it was read")
    table = _parse(raw, path)
    metadata = _metadata(table.pop("__metadata__", {}), path)
    entries = sorted(
        (_entry(name, item, 8 + length, path) for name, item in table.items()),
        key=lambda entry: (entry.offset, entry.size),
    )
    end = 8 + length
    for entry in entries:
        if entry.offset != end:
            raise corrupt(path, f"the array {entry.name!r} overlaps another or leaves a hole")
        end += entry.size
    if end != size:
        raise corrupt(path, f"its arrays take {end} bytes, but it holds {size}")
    return Header(tuple(entries), metadata)


def _parse(raw: bytes, path: Path) -> dict[str, Any]:
    try:
        table = json.loads(raw, object_pairs_hook=_unique)
    except RecursionError as error:
        raise corrupt(path, "its header is nested too deeply") from error
    except ValueError as error:
        raise corrupt(path, f"its header is not valid JSON ({error})") from error
    if not isinstance(table, dict):
        raise corrupt(path, "its header is not a JSON object")
    return table


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    table = dict(pairs)
    if len(table) != len(pairs):
        raise ValueError("a name occurs twice")
    return table


def _metadata(value: object, path: Path) -> dict[str, str]:
    if not isinstance(value, dict) or not all(isinstance(item, str) for item in value.values()):
        raise corrupt(path, "its metadata is not a mapping to strings")
    return dict(value)


def _entry(name: str, item: object, data: int, path: Path) -> Entry:
    try:
        check_array_name(name)
    except StoreError as error:
        raise corrupt(path, f"an array's name is not allowed ({error})") from error
    if not isinstance(item, dict) or set(item) != {"dtype", "shape", "data_offsets"}:
        raise corrupt(path, f"the array {name!r} lacks dtype, shape or data_offsets")
    dtype = _dtype(item["dtype"], name, path)
    shape, offsets = item["shape"], item["data_offsets"]
    if not _whole_numbers(shape) or len(shape) > AXES_LIMIT or max(shape, default=0) >= 1 << 62:
        raise corrupt(path, f"the array {name!r} has an impossible shape")
    if not _whole_numbers(offsets) or len(offsets) != 2:
        raise corrupt(path, f"the array {name!r} has impossible data_offsets")
    begin, end = offsets
    wanted = math.prod(shape) * dtype.itemsize
    if end - begin != wanted:
        raise corrupt(
            path, f"the array {name!r} needs {wanted} bytes and its header gives it {end - begin}"
        )
    return Entry(name, dtype, tuple(shape), data + begin, wanted)


def _dtype(code: object, name: str, path: Path) -> np.dtype[Any]:
    if code == "BF16":
        return brain_float(path)
    if not isinstance(code, str) or code not in _DTYPES:
        raise corrupt(path, f"the array {name!r} has the unknown dtype {code!r:.40}")
    return np.dtype(_DTYPES[code])


def _whole_numbers(value: object) -> bool:
    # `type(x) is int` and not isinstance: true and false are ints to Python.
    return isinstance(value, list) and all(type(item) is int and item >= 0 for item in value)


def brain_float(path: Path) -> np.dtype[Any]:
    """The dtype bfloat16, which NumPy knows only once the package ml_dtypes is imported.

    Raises:
        StoreError: It is not imported. (The file is well: this is no CorruptRun.)
    """
    try:
        return np.dtype("bfloat16")
    except TypeError as error:
        raise StoreError(
            f"{path} holds bfloat16 arrays, which need the package ml_dtypes (it comes with JAX). "
            "Import ml_dtypes before loading them."
        ) from error


def is_storable(array: npt.NDArray[Any]) -> bool:
    """Whether the array's dtype can be written and read back."""
    native = array.dtype.newbyteorder("<")
    return array.dtype.name == "bfloat16" or native in map(np.dtype, _DTYPES.values())

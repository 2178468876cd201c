"""Named arrays in one safetensors file, written atomically and read only after checks."""

from __future__ import annotations

import json
import zlib
from collections.abc import Mapping
from contextlib import nullcontext
from io import BufferedReader
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from echospan.errors import StoreError
from echospan.extras import needs
from echospan.store.files import MIB, Fence, open_regular, parse_json, write_atomic
from echospan.store.names import check_array_name
from echospan.store.problems import corrupt, os_errors
from echospan.store.tensors import HEADER_LIMIT, Entry, Header, is_storable, read_header

Array: TypeAlias = npt.NDArray[Any]
Expected: TypeAlias = Mapping[str, tuple[tuple[int, ...], str]]

ARRAYS_LIMIT = 4096 * MIB
_CHECKSUMS = "crc32"
_METADATA = "__metadata__"


def write_arrays(
    path: Path,
    arrays: Mapping[str, Array],
    metadata: Mapping[str, str] | None = None,
    fence: Fence = nullcontext,
) -> None:
    """Write arrays, with checksums, as one file: all of them or none.

    Args:
        path: The file.
        arrays: Name to array, any shapes. Non-contiguous arrays are copied first.
        metadata: Further strings for the header.
        fence: Is entered for as long as the finished file takes its name.

    Raises:
        StoreError: A name or dtype cannot be stored, or the disk refuses.
        MissingExtra: safetensors is not installed; reading does without.
    """
    needs("Storing weights", "safetensors")
    from safetensors.numpy import save

    dense = {check_array_name(name): _dense(name, array) for name, array in arrays.items()}
    size = sum(array.nbytes for array in dense.values())
    if size > ARRAYS_LIMIT:
        raise StoreError(
            f"{path.name} would hold {size} bytes of arrays; {ARRAYS_LIMIT} are allowed."
        )
    header = dict(metadata or {})
    checksums = {name: _checksum(name, array) for name, array in dense.items()}
    checksums[_METADATA] = _checksum_of_metadata(header)
    data = save(dense, {**header, _CHECKSUMS: json.dumps(checksums)})
    if int.from_bytes(data[:8], "little") > HEADER_LIMIT:
        raise StoreError(
            f"The header of {path.name} would hold more than {HEADER_LIMIT} bytes. Store long "
            "series as arrays, not in the metadata."
        )
    write_atomic(path, data, fence)


def read_arrays(
    path: Path, expected: Expected | None = None
) -> tuple[dict[str, Array], dict[str, str]]:
    """Read the arrays and the metadata of a file.

    Args:
        path: The file.
        expected: Name to (shape, dtype name such as "float32"). Where given, the file must hold
            exactly these arrays, and they come back in this order. It is compared before any
            array is read, so a file cannot ask for more memory than the caller expects.

    Returns:
        New, writable arrays by name, and the metadata strings.

    Raises:
        MissingFile: The file is not there.
        CorruptRun: The file is damaged, or is not what was expected.
    """
    with open_regular(path) as file:
        header = read_header(file, path)
        if expected is not None:
            _compare(header, expected, path)
        elif header.size > ARRAYS_LIMIT:
            raise corrupt(path, f"it holds {header.size} bytes, and {ARRAYS_LIMIT} are read")
        checksums = _checksums(header, path)
        arrays = {entry.name: _read(file, entry, path) for entry in header.entries}
    if checksums is not None:
        _check(arrays, header.metadata, checksums, path)
    order = expected if expected is not None else sorted(arrays)
    return {name: arrays[name] for name in order}, header.metadata


def check_arrays(path: Path) -> None:
    """Check a file's header without reading its arrays.

    Raises:
        CorruptRun: The file is damaged.
    """
    with open_regular(path) as file:
        read_header(file, path)


def _dense(name: str, array: Array) -> Array:
    array = np.asarray(array)
    if not is_storable(array):
        raise StoreError(
            f"The array {name!r} has dtype {array.dtype}, which cannot be stored. Store numbers "
            "or booleans of at most 64 bits as arrays, and text as JSON."
        )
    # safetensors copies raw memory: only a C-ordered array with native bytes gives what it shows.
    # (ascontiguousarray would turn a scalar's shape () into (1,).)
    return array.astype(array.dtype.newbyteorder("="), order="C", copy=False)


def _bytes_of(array: Array) -> npt.NDArray[np.uint8]:
    return array.reshape(-1).view(np.uint8)


def _checksum(name: str, array: Array) -> int:
    # Name, dtype and shape too: a damaged header could give right bytes a wrong meaning.
    start = zlib.crc32(f"{name} {array.dtype.name} {array.shape}".encode())
    return zlib.crc32(_bytes_of(array).data, start)


def _checksum_of_metadata(metadata: Mapping[str, str]) -> int:
    return zlib.crc32(json.dumps(metadata, sort_keys=True).encode())


def _checksums(header: Header, path: Path) -> dict[str, Any] | None:
    """The checksums, taken out of the metadata; None in files that other programs wrote."""
    text = header.metadata.pop(_CHECKSUMS, None)
    if text is None:
        return None
    checksums = parse_json(text, path)
    if not isinstance(checksums, dict):
        raise corrupt(path, "its checksums are not a JSON object")
    return checksums


def _check(
    arrays: Mapping[str, Array],
    metadata: Mapping[str, str],
    checksums: Mapping[str, Any],
    path: Path,
) -> None:
    actual = {name: _checksum(name, array) for name, array in arrays.items()}
    actual[_METADATA] = _checksum_of_metadata(metadata)
    wrong = sorted(
        name for name in {*actual, *checksums} if actual.get(name) != checksums.get(name)
    )
    if wrong:
        raise corrupt(path, f"the checksums of these do not match: {', '.join(wrong[:5])}")


def _read(file: BufferedReader, entry: Entry, path: Path) -> Array:
    try:
        array: Array = np.empty(entry.shape, entry.dtype)
    except ValueError as error:
        # Shapes such as (0, 2**61, 2**61) need no bytes, but NumPy cannot count their strides.
        raise corrupt(path, f"the array {entry.name!r} has an impossible shape") from error
    except MemoryError as error:
        raise StoreError(
            f"{path} holds an array of {entry.size} bytes, more than the memory there is."
        ) from error
    view = _bytes_of(array).data
    with os_errors("read", path):
        file.seek(entry.offset)
        done = 0
        while done < entry.size:
            count = file.readinto(view[done:])
            if not count:
                raise corrupt(path, "it became shorter while it was read")
            done += count
    if entry.dtype == np.dtype(bool) and np.any(_bytes_of(array) > 1):
        raise corrupt(path, f"the array {entry.name!r} holds bytes that are no booleans")
    return array


def _compare(header: Header, expected: Expected, path: Path) -> None:
    stored = {entry.name: (entry.shape, entry.dtype.name) for entry in header.entries}
    wrong = [f"{name!r} is missing" for name in expected if name not in stored]
    wrong += [f"{name!r} is not expected" for name in stored if name not in expected]
    for name, (shape, dtype) in expected.items():
        if name in stored and stored[name] != (tuple(shape), dtype):
            have = stored[name]
            wrong.append(f"{name!r} must be {dtype} {tuple(shape)} and is {have[1]} {have[0]}")
    if wrong:
        more = f"; and {len(wrong) - 3} more differences" if len(wrong) > 3 else ""
        raise corrupt(path, f"its arrays do not fit the config: {'; '.join(wrong[:3])}{more}")

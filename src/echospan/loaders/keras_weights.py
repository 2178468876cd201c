"""The weights of a .keras file, told from HDF5's headers before Keras reads them.

A dataset of a few bytes may declare gigabytes, and another file as the place where its numbers are.
"""

from __future__ import annotations

import math
from typing import Any, BinaryIO

from echospan.errors import DataError
from echospan.limits import sizes
from echospan.limits.memory import shown_bytes


def refuse_weights(file: BinaryIO, name: str) -> None:
    """Refuse weights that are not plain numbers inside the file, or take more than it may hold.

    Args:
        file: The HDF5 file.
        name: The .keras file, in errors.

    Raises:
        DataError: Says which.
    """
    import h5py

    total, seen = 0, 0

    def look(path: str, link: Any) -> str | None:
        """What is wrong with an entry; HDF5's own loop does not bear an exception."""
        nonlocal total, seen
        seen += 1
        if seen > sizes.MEMBERS:
            return f"its weights have more than {sizes.MEMBERS:,} entries"
        if not isinstance(link, h5py.HardLink):
            return f"its weights point to somewhere else, at {path[:80]!r}"
        entry = weights[path]
        if not isinstance(entry, h5py.Dataset):
            return None
        if entry.dtype.hasobject or entry.external or entry.is_virtual:
            return f"its weights {path[:80]!r} are no plain numbers"
        total += math.prod(entry.shape or ()) * entry.dtype.itemsize
        if total > sizes.MODEL_FILE:
            return (
                f"its weights unpack to {shown_bytes(total)} or more; at most "
                f"{shown_bytes(sizes.MODEL_FILE)} are read"
            )
        return None

    with h5py.File(file, "r") as weights:
        problem = weights.visititems_links(look)
    if problem is not None:
        raise DataError(problem)

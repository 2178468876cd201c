"""Out of memory, said in terms of the settings that cause it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from echospan.errors import OutOfMemory


@contextmanager
def naming_what_to_lower() -> Iterator[None]:
    """Turn JAX's and NumPy's way of saying that memory ran out into `OutOfMemory`.

    Also a decorator: `@naming_what_to_lower()`.
    """
    try:
        yield
    except OutOfMemory:
        raise
    except MemoryError as problem:
        raise OutOfMemory(str(problem)) from problem
    except RuntimeError as problem:
        # JAX has one class for all that goes wrong while a program runs; its status comes first.
        status, _, detail = str(problem).partition(": ")
        if status != "RESOURCE_EXHAUSTED":
            raise
        raise OutOfMemory(detail.splitlines()[0]) from problem

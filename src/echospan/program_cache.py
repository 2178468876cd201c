"""Compiled programs on disk, shared by processes that may be killed at any moment.

JAX's own file cache writes an entry in place: a reader at the same time, or after the writer was
killed, finds half of it, warns, and compiles anew at every start from then on. Here an entry is
written whole or not at all, and one that does not fit its checksum is made again. A folder that is
full or cannot be written is no reason to say anything: the program was compiled and works.
"""

from __future__ import annotations

import os
import tempfile
import zlib
from contextlib import suppress
from pathlib import Path

SUM_BYTES = 4


class ProgramCache:
    """Programs by key, as JAX's compilation cache wants to get and put them."""

    def __init__(self, folder: Path) -> None:
        self._path = folder

    def get(self, key: str) -> bytes | None:
        """The program kept under `key`, if it is there and whole."""
        file = self._file(key)
        try:
            content = file.read_bytes()
        except OSError:
            return None
        value = content[SUM_BYTES:]
        if len(content) <= SUM_BYTES or content[:SUM_BYTES] != _sum(value):
            with suppress(OSError):
                file.unlink()
            return None
        return value

    def put(self, key: str, value: bytes) -> None:
        """Keep the program, where there is room for it."""
        with suppress(OSError):
            handle, name = tempfile.mkstemp(dir=self._path, prefix=".new-")
            try:
                with os.fdopen(handle, "wb") as file:
                    file.write(_sum(value) + value)
                os.replace(name, self._file(key))
            except BaseException:
                with suppress(OSError):
                    os.unlink(name)
                raise

    def _file(self, key: str) -> Path:
        return self._path / f"{key}.program"


def use(folder: Path) -> None:
    """Let JAX keep its compiled programs in this folder."""
    import jax
    from jax._src import compilation_cache

    jax.config.update("jax_compilation_cache_dir", str(folder))
    jax.config.update("jax_persistent_cache_min_compile_time_secs", 0.0)
    jax.config.update("jax_persistent_cache_min_entry_size_bytes", 0)
    own = compilation_cache.get_file_cache

    def get_file_cache(path: str) -> tuple[object, str] | None:
        return (ProgramCache(folder), path) if path == str(folder) else own(path)

    # JAX 0.10 has no public way to give it another cache.
    compilation_cache.get_file_cache = get_file_cache  # type: ignore[assignment]


def _sum(value: bytes) -> bytes:
    return zlib.crc32(value).to_bytes(SUM_BYTES, "little")

"""Compiled programs on disk, shared by processes that may be killed at any moment.

JAX's own file cache writes an entry in place: a reader at the same time, or after the writer was
killed, finds half of it, warns, and compiles anew at every start from then on. Here an entry is
written whole or not at all, and one that does not fit its checksum is made again. A folder that is
full or cannot be written is no reason to say anything: the program was compiled and works.

A program is run, so it is only read from a plain file in a folder that is no link, both of this
user. What else stands under a name is left alone.
"""

from __future__ import annotations

import os
import zlib
from contextlib import suppress
from pathlib import Path

from echospan.files import Folder, is_ours, open_place, refused

SUM_BYTES = 4


class ProgramCache:
    """Programs by key, as JAX's compilation cache wants to get and put them."""

    def __init__(self, folder: Path) -> None:
        self._path = folder

    def get(self, key: str) -> bytes | None:
        """The program kept under `key`, if it is there and whole."""
        name = _name(key)
        with suppress(OSError), open_own(self._path) as folder:
            with os.fdopen(folder.open(name, os.O_RDONLY), "rb") as file:
                if not is_ours(os.fstat(file.fileno())):
                    return None
                content = file.read()
            value = content[SUM_BYTES:]
            if len(content) > SUM_BYTES and content[:SUM_BYTES] == _sum(value):
                return value
            folder.unlink(name)
        return None

    def put(self, key: str, value: bytes) -> None:
        """Keep the program, where there is room for it."""
        # What a power cut leaves does not fit its checksum.
        with (
            suppress(OSError),
            open_own(self._path) as folder,
            folder.writing(_name(key), mode=0o600, sync=False) as file,
        ):
            file.write(_sum(value) + value)


def usable(folder: Path) -> bool:
    """Whether it is there, is no link, and belongs to this user."""
    with suppress(OSError), open_own(folder):
        return True
    return False


def open_own(path: Path) -> Folder:
    """Open a folder of this user that is no link; the way to it may lead through links.

    Raises:
        OSError: It is something else.
    """
    path = path.absolute()
    with open_place(path.parent) as above:
        folder = above.sub(path.name)
    if not is_ours(folder.stat()):
        folder.close()
        raise refused(path, "it belongs to another user")
    return folder


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


def _name(key: str) -> str:
    return f"{key}.program"


def _sum(value: bytes) -> bytes:
    return zlib.crc32(value).to_bytes(SUM_BYTES, "little")

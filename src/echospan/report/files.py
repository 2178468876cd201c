"""Writing a file so that it appears whole or not at all."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from echospan.errors import ConfigError


def write_whole(path: Path, content: bytes) -> Path:
    """Write beside the final place, then rename. Missing folders are made.

    Raises:
        ConfigError: The place cannot be written to; a file that was there before is left as it was.
    """
    beside = path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")
    try:
        if path.is_dir():
            raise ConfigError("output", "a file name", str(path), "That is a folder.")
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            with open(beside, "xb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            os.replace(beside, path)
        finally:
            beside.unlink(missing_ok=True)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise ConfigError(
            "output", "a place that can be written to", str(path), f"The system says: {reason}."
        ) from None
    return path

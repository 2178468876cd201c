"""Writing a file so that it appears whole or not at all."""

from __future__ import annotations

from pathlib import Path

from echospan.errors import ConfigError
from echospan.files import Refused, open_place, unfit


def check_output(path: Path, field: str = "output") -> None:
    """Refuse a place where a link, a device or a folder stands; before the work, not after it.

    Args:
        path: Where a file shall be written.
        field: The setting or option that names it, for the message.

    Raises:
        ConfigError: Something other than a plain file is there.
    """
    if why := unfit(path):
        raise ConfigError(field, "a file name", str(path), why)


def write_whole(path: Path, content: bytes, field: str = "output") -> Path:
    """Write beside the final place, then rename. Missing folders are made.

    Links on the way to the file are followed; the file itself must not be one.

    Args:
        path: Where to; a plain file that is there is replaced.
        content: The file's bytes.
        field: The setting or option that names it, for the message.

    Raises:
        ConfigError: The place cannot be written to, or is a link, a device or a folder. What was
            there before is left as it was.
    """
    check_output(path, field)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with open_place(path.parent) as folder, folder.writing(path.name) as file:
            file.write(content)
    except Refused as error:
        why = f"It was refused: {error.strerror}."
        raise ConfigError(field, "a file name", str(path), why) from None
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise ConfigError(
            field, "a place that can be written to", str(path), f"The system says: {reason}."
        ) from None
    return path

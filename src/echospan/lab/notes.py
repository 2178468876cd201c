"""Notes that users write on runs, in one file of the store's folder."""

from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path

from echospan.errors import ConfigError
from echospan.report.files import write_whole

NAME = "lab-notes.json"
MOST_CHARACTERS = 2000


def read(store: Path) -> dict[str, str]:
    """Notes by the ids of their runs; a file that is damaged holds none."""
    with suppress(OSError, ValueError):
        found = json.loads((store / NAME).read_text("utf-8"))
        if isinstance(found, dict):
            return {str(key): text for key, text in found.items() if isinstance(text, str)}
    return {}


def write(store: Path, run_id: str, text: str) -> None:
    """Keep a note; an empty one removes it.

    Raises:
        ConfigError: It is too long.
    """
    if len(text) > MOST_CHARACTERS:
        raise ConfigError("note", f"at most {MOST_CHARACTERS:,} characters", len(text))
    known = read(store)
    known.pop(run_id, None)
    if text.strip():
        known[run_id] = text
    write_whole(store / NAME, json.dumps(known, indent=1).encode(), "note")

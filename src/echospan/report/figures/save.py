"""A figure as a file: PNG, SVG or PDF by suffix, the same bytes for the same figure."""

from __future__ import annotations

import io
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from echospan.errors import ConfigError
from echospan.report.figures.style import styled
from echospan.report.files import write_whole

if TYPE_CHECKING:
    from matplotlib.figure import Figure

METADATA = {
    "png": ("Software",),
    "svg": ("Date", "Creator"),
    "pdf": ("CreationDate", "Creator", "Producer"),
}
"""What matplotlib writes into a file that differs by machine or day."""

SUFFIXES = (".png", ".svg", ".pdf")


def save(figure: Figure, path: str | Path) -> Path:
    """Write a figure; the file appears whole or not at all.

    Args:
        figure: One of this package's figures.
        path: Ends in ``.png`` (200 dots per inch), ``.svg`` (text drawn as shapes) or ``.pdf``
            (text stays text).

    Raises:
        ConfigError: Another suffix, or a place that cannot be written to.
    """
    path = Path(path)
    suffix = path.suffix.lower()
    if suffix not in SUFFIXES:
        raise ConfigError("output", "a file name ending in .png, .svg or .pdf", str(path))
    return write_whole(path, rendered(figure, suffix[1:]))


def rendered(figure: Figure, kind: str, *, clear: bool = False, **style: Any) -> bytes:
    """Return the bytes of a PNG, SVG or PDF, without dates or version names in them.

    Args:
        figure: One of this package's figures.
        kind: ``png``, ``svg`` or ``pdf``.
        clear: Leave the ground out, for a page that has its own.
        style: Further matplotlib settings.
    """
    buffer = io.BytesIO()
    names = METADATA[kind]
    with styled(**style):
        figure.savefig(
            buffer, format=kind, dpi=200, transparent=clear, metadata=dict.fromkeys(names)
        )
    if kind == "svg":
        # Artists of one kind share a name, and an id may stand only once in a document. Groups are
        # never referred to, so theirs can go.
        return re.sub(rb'<g id="[^"]*"', b"<g", buffer.getvalue())
    return buffer.getvalue()

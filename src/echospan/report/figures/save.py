"""A figure as a file, or inside a page: the same bytes for the same figure."""

from __future__ import annotations

import html
import io
import re
from pathlib import Path
from typing import TYPE_CHECKING

from echospan.errors import ConfigError
from echospan.report.figures.style import ADAPTIVE, styled
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

_NAMES = {colour: name for name, colour in ADAPTIVE.items()}
_COLOUR = re.compile(r"(?<=fill: |roke: )#[0-9a-f]{6}\b")
_IDENTITY = re.compile(r'(\bid="|\bhref="#|url\(#)')
_FONT = re.compile(rb"(<text style=\"[^\"]*font-family: 'DejaVu Sans')")
_ROOT = re.compile(r"<svg[^>]*?viewBox=\"0 0 ([\d.]+) ([\d.]+)\"[^>]*>")
_TAG = re.compile(r"<[^>]*>")


def save(figure: Figure, path: str | Path) -> Path:
    """Write a figure; the file appears whole or not at all.

    Args:
        figure: One of this package's figures.
        path: Ends in ``.png`` (200 dots per inch), ``.svg`` or ``.pdf`` (text stays text, and a
            PDF holds its fonts).

    Raises:
        ConfigError: Another suffix, or a place that cannot be written to.
    """
    path = Path(path)
    suffix = path.suffix.lower()
    if suffix not in SUFFIXES:
        raise ConfigError("output", "a file name ending in .png, .svg or .pdf", str(path))
    return write_whole(path, rendered(figure, suffix[1:]))


def rendered(figure: Figure, kind: str, *, clear: bool = False) -> bytes:
    """Return the bytes of a PNG, SVG or PDF, without dates or version names in them.

    Args:
        figure: One of this package's figures.
        kind: ``png``, ``svg`` or ``pdf``.
        clear: Leave the ground out, for a page that has its own.
    """
    buffer = io.BytesIO()
    names = METADATA[kind]
    with styled():
        figure.savefig(
            buffer, format=kind, dpi=200, transparent=clear, metadata=dict.fromkeys(names)
        )
    if kind == "svg":
        # Artists of one kind share a name, and an id may stand only once in a document. Groups are
        # never referred to, so theirs can go.
        drawn = re.sub(rb'<g id="[^"]*"', b"<g", buffer.getvalue())
        # Elsewhere the font may be missing: what comes next is about as wide.
        return _FONT.sub(rb"\1, Verdana, sans-serif", drawn)
    return buffer.getvalue()


def inline_svg(figure: Figure, name: str, alt: str, kind: str = "figure wide") -> str:
    """An ``<svg>`` element for a page.

    Colours of the figure style become ``var(--fig-NAME, colour)``, so that the page's dark mode
    reaches them; text stays text, in the page's font; heat maps are images inside. Nothing is
    fetched from anywhere.

    Args:
        figure: One of this package's figures.
        name: Unique in the page: every id inside the figure begins with it.
        alt: What the figure shows, for readers who do not see it.
        kind: Its class in the page.
    """
    text = rendered(figure, "svg", clear=True).decode()
    root = _ROOT.search(text)
    assert root is not None, "matplotlib writes a viewBox on every figure"
    body = text[root.end() :]
    body = re.sub(r"<metadata>.*?</metadata>", "", body, count=1, flags=re.DOTALL)
    body = re.sub(r"<style.*?</style>", "", body, count=1, flags=re.DOTALL)
    # Only tags are rewritten: what stands between them is text of the figure.
    body = _TAG.sub(lambda tag: _adapt(tag.group(), name), body)
    body = re.sub(r"\s*\n\s*", "\n", body).strip()
    return (
        f'<svg class="{kind}" role="img" aria-label="{html.escape(alt)}" '
        f'viewBox="0 0 {root[1]} {root[2]}">\n{body}'
    )


def _adapt(tag: str, name: str) -> str:
    if tag.startswith("<image"):
        # Folded base64 is valid, but one line is what every reader understands.
        tag = re.sub(r"base64,([^\"]*)", lambda data: "base64," + "".join(data[1].split()), tag)
    tag = tag.replace("xlink:href=", "href=")
    tag = _IDENTITY.sub(lambda start: f"{start[1]}{name}-", tag)
    tag = re.sub(r" font-family: [^;\"]*;", "", tag)
    tag = _COLOUR.sub(_variable, tag)
    # A <text> without a colour of its own would be black in every mode.
    if tag.startswith("<text") and "fill:" not in tag:
        tag = tag.replace('style="', 'style="fill: #000000; ', 1)
    return re.sub(r"(\d\.\d)\d+", r"\1", tag) if tag.startswith("<path d=") else tag


def _variable(colour: re.Match[str]) -> str:
    name = _NAMES.get(colour.group())
    return f"var(--fig-{name}, {colour.group()})" if name else colour.group()

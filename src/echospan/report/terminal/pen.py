"""Text that every terminal can show: styled where there is colour, ASCII where there is no more."""

from __future__ import annotations

from rich.console import Console
from rich.text import Text

from echospan.foreign import visible

HIT, MISS, WARN, QUIET, STRONG = "green", "bold red", "yellow", "dim", "bold"
CHECK, CROSS, DOT, DASH = "✓", "✗", "·", "–"

_ASCII = str.maketrans(
    {
        CHECK: "+",
        CROSS: "x",
        DOT: ".",
        DASH: "-",
        "…": "~",
        "×": "x",
        "\u00a0": " ",
        "─": "-",
        "│": "|",
        "┤": "|",
        "├": "|",
        "┬": "+",
        "┴": "+",
        "└": "+",
        "┘": "+",
        "┌": "+",
        "┐": "+",
        "┼": "+",
    }
)


def unicode(console: Console) -> bool:
    """Whether the console's stream takes more than ASCII."""
    return console.encoding.lower().startswith("utf")


def plain(console: Console, text: object) -> str:
    """The text without characters that would fail on the console's stream or move its cursor."""
    shown = visible(text, lines=True)
    if unicode(console):
        return shown.encode("utf-8", "replace").decode()
    return shown.translate(_ASCII).encode("ascii", "replace").decode()


def write(console: Console, text: object, style: str = "") -> Text:
    """A piece of text for the console. Square brackets in it are text, not markup."""
    return Text(plain(console, text), style=style)

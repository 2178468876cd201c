"""Pages as data: cards made of blocks, which the templates turn into HTML."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from echospan.errors import DataError
from echospan.report.figures.save import inline_svg
from echospan.report.tables import Block, Table

if TYPE_CHECKING:
    import jinja2
    from matplotlib.figure import Figure


@dataclass(frozen=True)
class Heading(Block):
    """A heading inside a card."""

    text: str


@dataclass(frozen=True)
class Paragraph(Block):
    """A paragraph; `kind` is a class of the page: "intro", "lead", "note", "note mild"."""

    text: str
    kind: str = ""


@dataclass(frozen=True)
class Sentences(Block):
    """Sentences as a list."""

    sentences: Sequence[str]


@dataclass(frozen=True)
class Code(Block):
    """Lines to copy."""

    text: str


@dataclass(frozen=True)
class Picture(Block):
    """A figure as inline SVG, with its caption."""

    svg: Any
    caption: str


@dataclass(frozen=True)
class Facts(Block):
    """Numbers that one looks for first: name, value, detail."""

    facts: Sequence[tuple[str, str, str]]
    kind: str = ""


@dataclass(frozen=True)
class Scale(Block):
    """A line from 0 to 100 % with a dot, a range and named ticks; places are per cent.

    Attributes:
        dot: Place of the dot.
        interval: Ends of the range; None for no range.
        ticks: Text, place, and at which side of the tick its text stands.
        spoken: The same in words.
    """

    dot: float
    interval: tuple[float, float] | None
    ticks: Sequence[tuple[str, float, str]]
    spoken: str


@dataclass(frozen=True)
class Fold(Block):
    """Blocks that open on demand."""

    summary: str
    blocks: Sequence[Any]
    kind: str = ""


@dataclass(frozen=True)
class Columns(Block):
    """Tables beside each other on a wide page."""

    tables: Sequence[Table]


@dataclass(frozen=True)
class Card:
    """One part of a page, or what a notebook shows.

    Attributes:
        title: Its heading.
        blocks: What stands in it.
        anchor: Its id, unique in the page.
        badge: A word about the outcome.
        badge_kind: "good", "warn" or "".
        identity: What it is about, in small type.
        fact: What the contents say of it.
        tag: Its element.
    """

    title: str
    blocks: Sequence[Block]
    anchor: str = ""
    badge: str = ""
    badge_kind: str = ""
    identity: str = ""
    fact: str = ""
    tag: Literal["article", "section"] = "article"


@dataclass(frozen=True)
class Page:
    """A whole page.

    Attributes:
        title: Its heading.
        eyebrow: A line above it.
        cards: Its parts; several have contents above them.
        lines: Paragraphs below the heading.
        footer: At the end.
    """

    title: str
    eyebrow: str
    cards: Sequence[Card]
    lines: Sequence[str] = field(default_factory=tuple)
    footer: str = ""


def page_html(page: Page) -> str:
    """Return one HTML file: no script, no network, no second file."""
    return _environment().get_template("page.html").render(page=page)


def card_html(card: Card) -> str:
    """Return an HTML element that stands alone, for a notebook."""
    return _environment().get_template("card.html").render(card=card)


def picture(
    draw: Callable[[], Figure], name: str, caption: str, alt: str = "", what: str = ""
) -> Block:
    """Return a figure, or one sentence about why it could not be drawn.

    Args:
        draw: Makes the figure.
        name: Unique in the page: every id inside the figure begins with it.
        caption: How to read it.
        alt: What it shows, for readers who do not see it; left out, the caption.
        what: What it is called where it cannot be drawn; left out, its name.
    """
    from markupsafe import Markup

    try:
        # Safe: matplotlib escapes the text of a figure, and inline_svg what it adds.
        return Picture(Markup(inline_svg(draw(), name, alt or caption)), caption)
    except DataError as error:
        return Paragraph(f"The figure {what or name!r} could not be drawn: {error}", "note")


def slug(value: object) -> str:
    """Return a value as a name for ids and links: letters, digits and hyphens."""
    return re.sub(r"[^a-zA-Z0-9]+", "-", str(value)).strip("-").lower() or "x"


@cache
def _environment() -> jinja2.Environment:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    return Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=printable,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def printable(value: Any) -> Any:
    """Return text as a page holds it; markup that is safe already stays as it is.

    Control characters and lone surrogates may stand in no HTML file; a number and its per cent
    sign stay on one line.
    """
    if hasattr(value, "__html__"):
        return value
    shown = re.sub("[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]", "\ufffd", str(value))
    return shown.replace(" %", "\u00a0%")

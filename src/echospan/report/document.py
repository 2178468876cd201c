"""Pages as data: cards made of blocks, which the templates turn into HTML."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from echospan.errors import DataError, MissingExtra
from echospan.report.figures.save import inline_svg
from echospan.report.figures.style import COLUMN, at_width
from echospan.report.tables import Block, Table
from echospan.results.data import finite
from echospan.widgets.inline import escaped, modules

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
    """A figure as inline SVG, with its caption; the page shows one of its two drawings.

    Attributes:
        svg: As wide as the page.
        narrow: The same for a phone, where type keeps its size.
        caption: How to read it.
    """

    svg: Any
    narrow: Any
    caption: str


@dataclass(frozen=True)
class Interactive(Block):
    """A picture that scripts of the page make interactive; without them, what stands still.

    Attributes:
        name: Of the picture; see `echospan.widgets`.
        data: What it shows.
        still: What stands there until the script has run, and where none is run.
    """

    name: str
    data: Mapping[str, Any]
    still: Sequence[Block] = ()

    @property
    def kept(self) -> Any:
        """The data as JSON that a page may hold."""
        from markupsafe import Markup

        return Markup(escaped(finite({"data": dict(self.data), "settings": {}})))


@dataclass(frozen=True)
class Undrawn(Block):
    """What stands in place of a figure where matplotlib is not installed.

    Attributes:
        why: The sentence that names the extra. A card or a page says it once.
        tables: The same numbers.
        caption: Of the figure, where neither these nor others nearby have its numbers.
    """

    why: str
    tables: Sequence[Table]
    caption: str = ""


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
    """Return one HTML file: no network, no second file, and scripts for its pictures only."""
    from markupsafe import Markup

    blocks = [block for card in page.cards for block in card.blocks]
    scripts = modules(one.name for one in _nested(blocks) if isinstance(one, Interactive))
    lines = [*page.lines, *_undrawn(blocks)]
    template = _environment().get_template("page.html")
    return template.render(page=replace(page, lines=lines), scripts=Markup(scripts))


def _nested(blocks: Iterable[Any]) -> Iterator[Any]:
    """Blocks and those inside them."""
    for block in blocks:
        yield block
        yield from _nested(getattr(block, "blocks", ()))


def card_html(card: Card) -> str:
    """Return an HTML element that stands alone, for a notebook."""
    blocks = [*card.blocks, *(Paragraph(why, "note mild") for why in _undrawn(card.blocks))]
    return _environment().get_template("card.html").render(card=replace(card, blocks=blocks))


def _undrawn(blocks: Sequence[Block]) -> list[str]:
    """Why figures are missing, once."""
    still = [one for block in blocks if isinstance(block, Interactive) for one in block.still]
    return list(dict.fromkeys(one.why for one in (*blocks, *still) if isinstance(one, Undrawn)))


def picture(
    draw: Callable[[], Figure],
    name: str,
    caption: str,
    alt: str = "",
    what: str = "",
    instead: Sequence[Table] | None = None,
) -> Block:
    """Return a figure, or one sentence about why it could not be drawn.

    Without matplotlib, tables stand in its place.

    Args:
        draw: Makes the figure.
        name: Unique in the page: every id inside the figure begins with it.
        caption: How to read it.
        alt: What it shows, for readers who do not see it; left out, the caption.
        what: What it is called where it cannot be drawn; left out, its name.
        instead: The same numbers; empty where a table beside it has them, left out where none has.
    """
    from markupsafe import Markup

    try:
        # Safe: matplotlib escapes the text of a figure, and inline_svg what it adds.
        wide = Markup(inline_svg(draw(), name, alt or caption))
        with at_width(COLUMN):
            narrow = Markup(inline_svg(draw(), f"{name}-narrow", alt or caption, "figure narrow"))
        return Picture(wide, narrow, caption)
    except MissingExtra as error:
        return Undrawn(str(error), instead or (), caption if instead is None else "")
    except DataError as error:
        return Paragraph(f"The figure {what or name!r} could not be drawn: {error}", "note")


def beside(figure: Block, summary: str, tables: Sequence[Table]) -> list[Block]:
    """Return tables that open on demand beside their figure, and stand open without it."""
    drawn = figure.still if isinstance(figure, Interactive) else (figure,)
    undrawn = any(isinstance(one, Undrawn) for one in drawn)
    return list(tables) if undrawn else [Fold(summary, tables)]


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

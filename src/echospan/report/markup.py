"""Small pieces of HTML. Everything that comes from a user goes through `text` or `attribute`."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Sequence


def text(value: object) -> str:
    """A value as escaped text; a number and its per cent sign stay on one line."""
    return html.escape(_printable(str(value))).replace(" %", "\u00a0%")


def attribute(value: object) -> str:
    """A value as the escaped content of a quoted attribute."""
    return html.escape(_printable(str(value)), quote=True)


def _printable(value: str) -> str:
    """Without control characters and lone surrogates, which no HTML file may hold."""
    return re.sub("[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]", "\ufffd", value)


def slug(value: object) -> str:
    """A value as a name for use in ids and links: letters, digits and hyphens."""
    return re.sub(r"[^a-zA-Z0-9]+", "-", str(value)).strip("-").lower() or "x"


def paragraph(value: object, kind: str = "") -> str:
    """A ``<p>`` of escaped text, with a class where one is given."""
    return f"<p{_class(kind)}>{text(value)}</p>"


def note(value: object, kind: str = "") -> str:
    """A set-off paragraph of escaped text."""
    return paragraph(value, f"note {kind}".strip())


def table(
    head: Sequence[str],
    rows: Iterable[Sequence[str]],
    caption: str,
    *,
    kind: str = "",
    numeric: Sequence[int] = (),
) -> str:
    """A table whose first column names the row.

    Args:
        head: Plain text of the column heads.
        rows: Cells that are already HTML.
        caption: Plain text.
        kind: Class of the table.
        numeric: Columns to be set flush right.
    """
    right = [' class="number"' if place in numeric else "" for place in range(len(head))]
    heads = "".join(
        f'<th scope="col"{side}>{text(name)}</th>' for name, side in zip(head, right, strict=True)
    )
    lines = []
    for row in rows:
        first = f'<th scope="row"{right[0]}>{row[0]}</th>'
        rest = "".join(
            f"<td{side}>{cell}</td>" for cell, side in zip(row[1:], right[1:], strict=True)
        )
        lines.append(f"<tr>{first}{rest}</tr>")
    body = "\n".join(lines)
    return (
        f'<div class="scroll" tabindex="0" role="region" aria-label="{attribute(caption)}">'
        f"<table{_class(kind)}>\n<caption>{text(caption)}</caption>\n"
        f"<thead><tr>{heads}</tr></thead>\n<tbody>\n{body}\n</tbody>\n</table></div>"
    )


def figure(svg: str, caption: str, kind: str = "") -> str:
    """A figure with its caption (plain text) below."""
    return (
        f'<figure{_class(kind)}>\n<div class="scroll">\n{svg}\n</div>\n'
        f"<figcaption>{text(caption)}</figcaption>\n</figure>"
    )


def fold(summary: str, content: str, kind: str = "") -> str:
    """Content that opens on demand; the stylesheet says which kinds are printed."""
    return f"<details{_class(kind)}>\n<summary>{text(summary)}</summary>\n{content}\n</details>"


def _class(kind: str) -> str:
    return f' class="{attribute(kind)}"' if kind else ""

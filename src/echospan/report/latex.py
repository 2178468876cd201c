"""Tables in LaTeX, as they stand in a paper: booktabs rules, escaped text, a label."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

from echospan.foreign import visible

LONG = 40
"""A column with a longer text than this is set as a paragraph."""

_SIGNS = {
    "\\": r"\textbackslash{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "–": "--",
    "…": r"\ldots{}",
    "≥": r"$\geq$",
    "×": r"$\times$",
    "−": "$-$",
    "·": r"$\cdot$",
    "²": "$^2$",
    "✓": "yes",
    "✗": "no",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    '"': r"\textquotedbl{}",
    "\u00a0": "~",
    "\u202f": r"\,",
    "\n": " ",
    **{sign: f"\\{sign}" for sign in "&%$#_{}"},
}


def escaped(text: str) -> str:
    """Text with the characters escaped that mean something to LaTeX."""
    # A number and its per cent sign stay on one line.
    text = visible(text, lines=True).replace(" %", "\u202f%")
    return "".join(_SIGNS.get(sign, sign) for sign in text)


def table(
    head: Sequence[str],
    rows: Sequence[Sequence[str]],
    caption: str,
    numeric: Collection[int] = (),
    label: str = "",
) -> str:
    """Return a table environment with its caption above it.

    Args:
        head: Names of the columns.
        rows: Plain texts, as many a row as there are names.
        caption: What the table shows.
        numeric: Columns that are set flush right.
        label: What ``\\ref`` calls it; left out, it has none.
    """
    lines = [
        r"% Needs \usepackage{booktabs}",
        r"\begin{table}",
        r"\centering",
        rf"\caption{{{escaped(caption)}}}",
        *([rf"\label{{tab:{_key(label)}}}"] if label else []),
        rf"\begin{{tabular}}{{{''.join(_columns(head, rows, numeric))}}}",
        r"\toprule",
        " & ".join(escaped(name) for name in head) + r" \\",
        r"\midrule",
        *(" & ".join(escaped(text) for text in row) + r" \\" for row in rows),
        r"\bottomrule",
        r"\end{tabular}",
        r"\end{table}",
        "",
    ]
    return "\n".join(lines)


def _columns(
    head: Sequence[str], rows: Sequence[Sequence[str]], numeric: Collection[int]
) -> list[str]:
    longest = [max(map(len, column)) for column in zip(head, *rows, strict=True)]
    long = [place for place, letters in enumerate(longest) if letters > LONG]
    share = 0.6 / len(long) if long else 0.0
    return [
        rf"p{{{share:.2f}\linewidth}}" if place in long else "r" if place in numeric else "l"
        for place in range(len(head))
    ]


def _key(label: str) -> str:
    """Letters, digits and hyphens: everything else has a meaning in some place or other."""
    return re.sub(r"[^a-zA-Z0-9]+", "-", label).strip("-").lower() or "table"

"""Expected and predicted values of one sequence, step by step."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from echospan.errors import DataError
from echospan.report.figures import style
from echospan.report.values import percent, plural, same_length, symbols

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MOST_STEPS = 100
LEFT, RIGHT = 0.82, 0.1
ROW, GAP = 0.27, 0.17
BLOCK = 3 * ROW + GAP + 0.62


def expected_against_predicted(
    expected: Sequence[Any],
    predicted: Sequence[Any],
    inputs: Sequence[Any],
    lag: int | None = None,
) -> Figure:
    """Input, expected and predicted symbols of one sequence as rows of tiles.

    A hit is a blue tile over a filled dot, a miss an orange one over a cross; steps that are not
    scored have neither. Lines join each expected symbol to the input that it echoes. Sequences
    longer than `MOST_STEPS` are cut there, and the title says so.

    Args:
        expected: (target steps,) symbols; None or -1 where the step is not scored.
        predicted: (target steps,) symbols; None where the model gave no answer.
        inputs: (steps,) symbols; None or -1 where the value is missing. May be longer or shorter
            than ``expected`` (encoder-decoder).
        lag: Steps between a value and its echo, where that is one number.

    Raises:
        DataError: ``expected`` and ``predicted`` differ in length, or nothing is there.
    """
    wanted, given, shown = symbols(expected), symbols(predicted), symbols(inputs)
    same_length(expected=wanted, predicted=given)
    steps = max(len(wanted), len(shown))
    if not wanted:
        raise DataError("expected must have at least one step; got none.")
    cut = min(steps, MOST_STEPS)
    scored = [step for step, text in enumerate(wanted) if text]
    hits = [step for step in scored if wanted[step] == given[step]]

    longest = max((len(text) for text in (*wanted, *given, *shown)), default=1)
    cell_most = max(0.24, 0.095 * min(longest, 8) + 0.06)
    columns = max(4, min(25, int((style.width() - LEFT - RIGHT) / cell_most)))
    blocks = math.ceil(cut / columns)
    columns = math.ceil(cut / blocks)
    cell = min(max(0.42, cell_most), (style.width() - LEFT - RIGHT) / columns)
    size = _type_size(longest, cell)
    height = 0.5 + blocks * BLOCK + (0.62 if style.narrow() else 0.24)
    with style.styled():
        figure, axes = style.sheet(height)
        title = f"{len(hits):,} of {len(scored):,} scored steps right"
        if cut < steps:
            title += f" (the first {cut} of {steps:,} steps are shown)"
        axes.text(0.08, height - 0.2, title, fontsize=style.TITLE, weight="bold", va="center")
        for block in range(blocks):
            first = block * columns
            last = min(first + columns, cut)
            rows = _Rows(axes, height - 0.5 - block * BLOCK, cell, first, last, size)
            rows.header()
            rows.tiles(0, "input", shown, lambda step: style.TILE)
            rows.tiles(1, "expected", wanted, lambda step: style.TILE if wanted[step] else None)
            rows.tiles(
                2,
                "predicted",
                [text if wanted[step] else "" for step, text in enumerate(given)],
                lambda step: _answer_colour(wanted[step], given[step]),
            )
            if lag is not None:
                rows.links(lag, shown, wanted)
            rows.marks("hit", [s for s in hits if s < cut], "o", style.BLUE)
            rows.marks("miss", [s for s in scored if s not in set(hits)], "X", style.ORANGE)
        _legend(axes, lag, len(hits), len(scored))
    return figure


def _answer_colour(wanted: str, given: str) -> str | None:
    if not wanted:
        return None
    return style.HIT if wanted == given else style.MISS


class _Rows:
    """One stretch of the sequence: a header and three rows of tiles, in inches."""

    def __init__(
        self, axes: Axes, top: float, cell: float, first: int, last: int, size: float
    ) -> None:
        self.axes, self.top, self.cell = axes, top, cell
        self.first, self.last, self.size = first, last, size

    def x(self, step: int) -> float:
        return LEFT + (step - self.first + 0.5) * self.cell

    def y(self, row: int) -> float:
        return self.top - 0.14 - ROW * (row + 0.5) - (GAP if row > 0 else 0.0)

    def header(self) -> None:
        style.small(self.axes, 0.08, self.top, "step")
        every = 1 if self.cell > 0.22 else 2
        for step in range(self.first, self.last, every):
            style.small(self.axes, self.x(step), self.top, str(step), fontsize=6.5, ha="center")

    def tiles(self, row: int, name: str, texts: Sequence[str], colour: Any) -> None:
        from matplotlib.patches import FancyBboxPatch

        y = self.y(row)
        self.axes.text(0.08, y, name, fontsize=style.NORMAL, va="center")
        wide, tall = self.cell - 0.035, ROW - 0.04
        for step in range(self.first, min(self.last, len(texts))):
            fill = colour(step)
            x = self.x(step)
            if fill is not None:
                corner = (x - wide / 2 + 0.03, y - tall / 2 + 0.03)
                self.axes.add_patch(
                    FancyBboxPatch(
                        corner,
                        wide - 0.06,
                        tall - 0.06,
                        boxstyle="round,pad=0.03,rounding_size=0.045",
                        facecolor=fill,
                        edgecolor=style.ORANGE if fill == style.MISS else "none",
                        linewidth=1.1,
                    )
                )
            text = texts[step] or ("–" if fill is not None else "·")
            self.axes.text(
                x,
                y - 0.005,
                style.shorten(text, 8),
                fontsize=self.size,
                color=style.INK if texts[step] else style.MUTED,
                weight="bold" if row == 2 and texts[step] else "normal",
                ha="center",
                va="center",
                gid=f"{name}-{step}",
            )

    def links(self, lag: int, inputs: Sequence[str], expected: Sequence[str]) -> None:
        """Lines from the value to its echo, only where the echo really is that value."""
        for step in range(max(self.first + lag, lag), min(self.last, len(expected))):
            source = step - lag
            if source < len(inputs) and expected[step] and inputs[source] == expected[step]:
                self.axes.plot(
                    [self.x(source), self.x(step)],
                    [self.y(0) - ROW / 2 + 0.01, self.y(1) + ROW / 2 - 0.01],
                    color=style.FAINT,
                    linewidth=1.0,
                    solid_capstyle="round",
                    zorder=0.5,
                    gid="link",
                )

    def marks(self, kind: str, steps: Sequence[int], marker: str, colour: str) -> None:
        here = [step for step in steps if self.first <= step < self.last]
        if here:
            self.axes.scatter(
                [self.x(step) for step in here],
                [self.y(2) - ROW / 2 - 0.09] * len(here),
                marker=marker,
                s=20 if marker == "o" else 34,
                color=colour,
                linewidths=0,
                gid=kind,
            )


def _type_size(letters: int, cell: float) -> float:
    """Points at which that many bold digits (each 0.7 em wide) fit in a cell of so many inches."""
    return max(5.0, min(style.NORMAL - 0.5, 72 * (cell - 0.06) / (0.7 * max(min(letters, 8), 2))))


def _legend(axes: Axes, lag: int | None, hits: int, scored: int) -> None:
    first, second, third = (0.52, 0.33, 0.14) if style.narrow() else (0.15,) * 3
    axes.scatter([0.13], [first], marker="o", s=20, color=style.BLUE, linewidths=0, gid="key")
    style.small(axes, 0.22, first, "hit")
    axes.scatter([0.56], [first], marker="X", s=34, color=style.ORANGE, linewidths=0, gid="key")
    style.small(axes, 0.65, first, "miss")
    style.small(axes, 1.08, first, "·  not scored")
    if lag:
        at = 0.08 if style.narrow() else 2.0
        style.small(axes, at, second, f"lines: the echoed value, {plural(lag, 'step')} back")
    if scored:
        share = f"{percent(hits / scored)} on this one sequence"
        at, side = (0.08, "left") if style.narrow() else (style.width() - RIGHT, "right")
        style.small(axes, at, third if lag else second, share, ha=side)

"""A line in a frame with ticks, drawn in characters."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

ACROSS, DOWN = 2, 4
"""Dots of a braille character."""

# Unicode numbers the upper three rows first and added the fourth later.
_BIT = ((0x01, 0x08), (0x02, 0x10), (0x04, 0x20), (0x40, 0x80))
_EMPTY = 0x2800


@dataclass(frozen=True)
class Axis:
    """Where an axis begins and ends, and its ticks as (value, label)."""

    low: float
    high: float
    ticks: Sequence[tuple[float, str]]

    def place(self, value: float, places: int) -> int:
        """The place of a value among `places` of them; the middle where all values are one."""
        width = self.high - self.low
        share = (value - self.low) / width if width > 0 else 0.5
        return round(share * (places - 1))


def framed(
    points: Sequence[tuple[float, float]],
    across: Axis,
    up: Axis,
    *,
    width: int,
    height: int,
    braille: bool,
) -> str:
    """Draw a line through points.

    Args:
        points: Pairs (x, y) within the axes.
        across: The axis from left to right.
        up: The axis from bottom to top.
        width: Characters of a line, labels included.
        height: Lines, frame and labels included.
        braille: Draw dots of two by four a character, else one ``*`` a character.

    Returns:
        Lines without blanks at their ends.
    """
    margin = max(len(label) for _, label in up.ticks)
    columns, rows = width - margin - 2, height - 3
    labels = {_row(up, value, rows): label for value, label in reversed(up.ticks)}
    drawn = _drawn(points, across, up, columns, rows, braille)
    lines = [f"{'':{margin}}┌{'─' * columns}┐"]
    for row, text in enumerate(drawn):
        side = "┤" if row in labels else "│"
        lines.append(f"{labels.get(row, ''):>{margin}}{side}{text}│")
    marks = [(across.place(value, columns), label) for value, label in across.ticks]
    places = {place for place, _ in marks}
    bottom = "".join("┬" if place in places else "─" for place in range(columns))
    lines += [f"{'':{margin}}└{bottom}┘", " " * (margin + 1) + _labels(marks, columns)]
    return "\n".join(line.rstrip() for line in lines)


def _row(up: Axis, value: float, rows: int) -> int:
    return (rows * DOWN - 1 - up.place(value, rows * DOWN)) // DOWN


def _drawn(
    points: Sequence[tuple[float, float]],
    across: Axis,
    up: Axis,
    columns: int,
    rows: int,
    braille: bool,
) -> list[str]:
    """The rows (of characters) inside the frame."""
    last = rows * DOWN - 1
    dots = [(across.place(x, columns * ACROSS), last - up.place(y, rows * DOWN)) for x, y in points]
    cells = [[0] * columns for _ in range(rows)]
    for begin, end in zip(dots, [*dots[1:], dots[-1]], strict=True):
        for x, y in _between(begin, end):
            cells[y // DOWN][x // ACROSS] |= _BIT[y % DOWN][x % ACROSS]
    if braille:
        return ["".join(chr(_EMPTY + cell) if cell else " " for cell in row) for row in cells]
    return ["".join("*" if cell else " " for cell in row) for row in cells]


def _between(begin: tuple[int, int], end: tuple[int, int]) -> list[tuple[int, int]]:
    """The dots of a straight line, both ends included."""
    (x, y), (right, down) = begin, end
    steps = max(abs(right - x), abs(down - y), 1)
    return [
        (x + round((right - x) * step / steps), y + round((down - y) * step / steps))
        for step in range(steps + 1)
    ]


def _labels(marks: Sequence[tuple[int, str]], columns: int) -> str:
    """Labels below their marks; one that would touch the first or the last is left out."""
    line = [" "] * columns
    for place, label in sorted(marks, key=lambda mark: mark[0] not in (0, columns - 1)):
        start = min(max(0, place - len(label) // 2), max(0, columns - len(label)))
        around = line[max(0, start - 1) : start + len(label) + 1]
        if "".join(around).isspace():
            line[start : start + len(label)] = label
    return "".join(line)

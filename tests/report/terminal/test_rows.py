from __future__ import annotations

from typing import Any

import pytest

from echospan.report.terminal import rows, rows_table

from .helpers import Screen

WINDOW = [(row, row // 5, list(range(10 + row, 15 + row)), 13 + row) for row in range(12)]


@pytest.mark.parametrize("width", [60, 120])
def test_each_row_holds_x_and_y(width: int) -> None:
    screen = Screen(width)
    rows_table(WINDOW, screen.console)
    assert max(len(line) for line in screen.lines) <= width
    found = [line.split() for line in screen.lines if line.strip()[:1].isdigit()]
    assert found == [
        [str(row), str(batch), *(str(value) for value in x), str(y)] for row, batch, x, y in WINDOW
    ]


def test_the_echoed_value_is_set_off() -> None:
    screen = Screen(60)
    rows_table(WINDOW, screen.console, lag=1)
    assert "10  11  12 [13] 14" in screen.text
    assert screen.text.count("[") == len(WINDOW)


@pytest.mark.parametrize(
    ("inputs", "target", "lag"), [([5], 4, 1), ([1, 2, 3], 9, 1), ([1, -1, 3], -1, 1)]
)
def test_nothing_is_set_off_that_is_no_echo(inputs: list[int], target: Any, lag: int) -> None:
    screen = Screen(60)
    rows_table([(0, 0, inputs, target)], screen.console, lag=lag)
    assert "[" not in screen.text


def test_batches_are_kept_apart() -> None:
    screen = Screen(60)
    rows_table(WINDOW, screen.console)
    body = screen.lines[screen.lines.index(next(x for x in screen.lines if "─" in x)) + 1 :]
    sizes = [
        len(part.strip().split("\n")) for part in "\n".join(x.strip() for x in body).split("\n\n")
    ]
    assert sizes == [5, 5, 2]


def test_missing_symbols_and_lists_of_targets() -> None:
    screen = Screen(60)
    rows_table([(0, 0, [4, -1, 6], [-1, 4, None])], screen.console)
    (line,) = [line.split() for line in screen.lines if line.strip().startswith("0")]
    assert line == ["0", "0", "4", "–", "6", "·", "4", "·"]


def test_long_lists_are_folded_and_complete() -> None:
    screen = Screen(60)
    rows_table([(0, 0, list(range(100, 140)), [-1, *range(200, 239)])], screen.console)
    assert max(len(line) for line in screen.lines) <= 60
    assert {str(value) for value in (*range(100, 140), *range(200, 239))} <= set(
        screen.text.split()
    )


def test_many_rows_are_cut_and_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = Screen(60)
    monkeypatch.setattr(rows, "MOST_ROWS", 3)
    rows_table(WINDOW, screen.console)
    assert "and 9 more rows" in screen.text
    assert "13" in screen.text
    assert " 27" not in screen.text
    rows_table([], screen.console)
    assert "The framing gives no row" in screen.text

from __future__ import annotations

import pytest

from echospan.report.terminal import result_panel
from echospan.results.run import RunData
from report.samples import HOSTILE, result, variants

from .helpers import Screen


@pytest.mark.parametrize("width", [40, 60, 120])
def test_facts_and_width(width: int) -> None:
    screen = Screen(width)
    result_panel(result(variants=variants()), screen.console)
    assert max(len(line) for line in screen.lines) <= min(width, 100)
    flat = " ".join(screen.text.replace("│", " ").split())
    for fact in (
        "99.8 % (95 % interval 99.6 to 99.9 %) solved",
        "chance 1 % (expected of guessing; ceiling 100 %)",
        "random guesses 1 %, last value repeated 1 % (measured)",
        "4,800 scored steps in 200 new sequences",
        "35,300",
        "2,000 (8,000 updates)",
        "compile 1.3 s, train 740 ms, evaluate 50 ms",
        "seed 3 (1 seed; variants: up to 3 seeds each)",
    ):
        assert fact in flat


def rows(screen: Screen, name: str) -> list[str]:
    """The symbols of one row, over all the lines that it is folded into."""
    found = [line.strip("│ ") for line in screen.lines if line.strip("│ ").startswith(name)]
    return " ".join(line.removeprefix(name) for line in found).split()


@pytest.mark.parametrize("width", [60, 120])
def test_the_sequence_is_complete_at_any_width(width: int) -> None:
    screen = Screen(width)
    given = result()
    result_panel(given, screen.console)
    assert rows(screen, "input") == [str(value) for value in given.inputs or ()]
    assert rows(screen, "expected") == ["·", *(str(value) for value in (given.expected or ())[1:])]
    assert rows(screen, "predicted") == [
        "·",
        *(str(value) for value in (given.predicted or ())[1:]),
    ]


def test_misses_stand_over_a_cross_without_colour() -> None:
    screen = Screen(120)
    result_panel(result(), screen.console)
    (predicted,) = [line for line in screen.lines if "predicted" in line]
    crosses = screen.lines[screen.lines.index(predicted) + 1]
    at = [place for place, sign in enumerate(crosses) if sign == "✗"]
    assert [predicted[place - 1 : place + 1] for place in at] == ["98", "99"]
    assert "\x1b" not in screen.raw


def test_misses_are_red_and_hits_green_with_colour() -> None:
    screen = Screen(120, colour=True)
    result_panel(result(), screen.console)
    assert "\x1b[1;31m" in screen.raw
    assert "\x1b[32m" in screen.raw


def test_no_colour_is_honoured(monkeypatch: pytest.MonkeyPatch) -> None:
    from io import StringIO

    from rich.console import Console

    monkeypatch.setenv("NO_COLOR", "1")
    stream = StringIO()
    result_panel(result(), Console(file=stream, width=120, force_terminal=True))
    assert "\x1b[32m" not in stream.getvalue()
    assert "31m" not in stream.getvalue()
    assert "✗" in stream.getvalue()


@pytest.mark.parametrize("given", [{}, {"accuracy": None}, {"recipe": HOSTILE, "accuracy": 0.5}])
def test_what_is_missing_or_hostile(given: dict[str, object]) -> None:
    screen = Screen(60)
    result_panel(RunData.from_dict(given), screen.console)
    assert all(line[0] in "╭│╰" for line in screen.lines)


def test_markup_in_names_is_text() -> None:
    screen = Screen(120)
    result_panel(RunData(recipe="[red]b[/red]", accuracy=0.5), screen.console)
    assert "[red]b[/red]" in screen.text


def test_ascii_streams_get_ascii() -> None:
    screen = Screen(60, encoding="ascii")
    result_panel(result(recipe="echo – 回"), screen.console)
    assert screen.text.isascii()
    assert " x" in screen.text

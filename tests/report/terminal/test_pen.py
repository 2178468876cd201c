from __future__ import annotations

from echospan.report.terminal.pen import plain, unicode, write

from .helpers import Screen


def test_plain() -> None:
    wide, narrow = Screen(60).console, Screen(60, encoding="ascii").console
    assert unicode(wide)
    assert not unicode(narrow)
    assert plain(wide, "✓ – 回 \ud800") == "✓ – 回 \\ud800"
    assert plain(narrow, "✓ – ✗ 回") == "+ - x ?"
    assert plain(wide, "a\x1b[31mb\tc\rd\ne") == "a\\x1b[31mb c\\rd\ne"


def test_write_takes_no_markup() -> None:
    assert write(Screen(60).console, "[red]x[/red]").plain == "[red]x[/red]"

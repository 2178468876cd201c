"""The benchmark of `serve`: what it reads and writes; it measures nothing here."""

from __future__ import annotations

import re

from benchmarks.serve import LUA, Load, _milliseconds, table


def test_times_of_wrk_are_read_in_their_units():
    for told, wanted in (("99%  850.00us", 0.85), ("99%   17.10ms", 17.1), ("99%    1.20s", 1200)):
        assert _milliseconds(re.search(r"99%\s+([\d.]+)(us|ms|s)\b", told)) == wanted


def test_the_script_of_wrk_names_every_session():
    text = LUA % ('"a", "b"', 99)
    assert 'local sessions = {"a", "b"}' in text
    assert "math.random(0, 99)" in text
    assert "%%" not in text


def test_the_table_has_what_was_found():
    found = Load(rate=1234.5, p99=20.04, wrong=3, compared=9000, memory={"at start": 350.4})
    lines = table(found, {"503": 7}).splitlines()
    assert "| single steps per second, 100 sessions | 1,234 |" in lines
    assert "| wrong answers | 3 |" in lines
    assert "| memory, at start | 350 MB |" in lines
    assert "| overload: 503 | 7 |" in lines

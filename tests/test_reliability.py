"""The page on reliability is what was counted: tests that there are, and no bad end."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tools.accidents.__main__ import read
from tools.accidents.page import BEGIN, END, PAGE, Kind, Record, kinds, load, page, table

ROOT = Path(__file__).resolve().parent.parent
KINDS = kinds()


def test_the_page_is_made_from_the_table_and_the_records_and_stands_in_the_index():
    text = PAGE.read_text("utf-8")
    assert page(text, KINDS, load()) == text
    assert "\nreliability\n" in (ROOT / "docs" / "index.md").read_text("utf-8")
    with pytest.raises(ValueError, match="no lines"):
        page("", KINDS, {})


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_each_kind_was_tried_by_tests_that_there_are_and_ends_well(kind):
    record = load()[kind.name]
    assert record.tried > 0
    assert record.failed == 0
    for test in kind.tests:
        path, _, name = test.partition("::")
        text = (ROOT / path).read_text("utf-8")
        assert re.search(rf"^def {name or 'test_'}", text, re.MULTILINE), test


REPORT = """<testsuites><testsuite>
<testcase name="one"/>
<testcase name="bad"><failure/></testcase>
<testcase name="left out"><skipped/></testcase>
<testcase name="many"><properties>
  <property name="tried" value="40"/><property name="failed" value="0"/>
</properties></testcase>
<testcase name="many, some bad"><properties>
  <property name="tried" value="9"/><property name="failed" value="3"/>
</properties><failure/></testcase>
<testcase name="many, and an error"><properties>
  <property name="tried" value="5"/><property name="failed" value="0"/>
</properties><error/></testcase>
</testsuite></testsuites>"""


def test_attempts_are_counted_by_test_or_as_a_test_tells():
    found = read(REPORT)
    assert (found.tried, found.failed, found.skipped) == (56, 5, 1)


def test_a_row_shows_what_was_counted():
    rows = table(
        [Kind("a", "fire", ("tests/x.py::test_y", "tests/x.py"), (3, 2000)), Kind("b", "ice", ())],
        {"a": Record(2100, 0, 1, "2026-11-30")},
    )
    assert "| fire | 2,100 | 3 of 2,000 | 0 | 2026-11-30 | `tests/x.py` |" in rows
    assert "| ice | not run | not counted | not run | – |" in rows
    assert BEGIN not in rows
    assert END not in rows

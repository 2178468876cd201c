"""The page on reliability names tests that there are, and no accident that still ends badly."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PAGE = (ROOT / "docs" / "reliability.md").read_text("utf-8")
ROWS = [
    [cell.strip() for cell in line.strip("|").split("|")]
    for line in PAGE.splitlines()
    if line.startswith("| ") and "`tests/" in line
]


def test_the_page_has_rows_and_stands_in_the_index():
    assert ROWS
    assert "\nreliability\n" in (ROOT / "docs" / "index.md").read_text("utf-8")


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0])
def test_each_row_names_tests_that_there_are(row):
    _, tried, _, failed, kept_by = row
    assert int(tried.replace(",", "")) > 0
    assert failed == "0"
    named = re.findall(r"`(tests/[^`:]+)(?:::(\w+))?`", kept_by)
    assert named
    for path, name in named:
        text = (ROOT / path).read_text("utf-8")
        assert re.search(rf"^def {name or 'test_'}", text, re.MULTILINE), f"{path}::{name}"

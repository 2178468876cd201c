from __future__ import annotations

import re

import pytest

from echospan.report.document import Card, Paragraph, card_html, printable, slug
from echospan.report.figures.style import ADAPTIVE
from echospan.report.tables import Cell, Table

from .pages import Page
from .samples import HOSTILE


def test_text_and_attributes_are_escaped_and_printable() -> None:
    page = card_html(Card(HOSTILE, [Paragraph("<a & b>"), Table((HOSTILE,), [[HOSTILE]], HOSTILE)]))
    assert Page(page).open == []
    assert "<script" not in page
    assert "&lt;a &amp; b&gt;" in page
    assert printable("99.8 %") == "99.8\u00a0%"
    assert printable("a\x00b\ud800c\n") == "a\ufffdb\ufffdc\n"


@pytest.mark.parametrize(
    ("value", "made"), [("A b/c", "a-b-c"), ("<x>", "x"), ("", "x"), ("回", "x"), (HOSTILE, None)]
)
def test_slug(value: str, made: str | None) -> None:
    found = slug(value)
    assert made is None or found == made
    assert found.replace("-", "").isalnum()
    assert found.isascii()


def test_a_table_names_its_rows_and_columns() -> None:
    table = Table(("a", "b"), [("1", Cell("2", "hit"))], "A & B", numeric=(1,))
    read = Page(card_html(Card("", [table])))
    assert read.open == []
    assert read.text == "A & B a b 1 2"
    assert [one.get("scope") for one in read.tags("th")] == ["col", "col", "row"]
    assert read.tags("td") == [{"class": "number"}]


def test_figures_take_the_colours_of_the_style() -> None:
    light = dict(re.findall(r"--fig-(\w+): (#\w+);", card_html(Card("", []))))
    assert {name: light[name] for name in ADAPTIVE}.keys() == ADAPTIVE.keys()
    first = card_html(Card("", [])).partition("@media")[0]
    assert dict(re.findall(r"--fig-(\w+): (#\w+);", first)) == ADAPTIVE

from __future__ import annotations

import pytest

from echospan.report import markup

from .pages import Page
from .samples import HOSTILE


def test_text_and_attribute_escape() -> None:
    assert markup.text("<a & b>") == "&lt;a &amp; b&gt;"
    assert markup.attribute("\"'") == "&quot;&#x27;"
    assert markup.text("99.8 %") == "99.8\u00a0%"
    assert markup.text("a\x00b\ud800c\n") == "a\ufffdb\ufffdc\n"


@pytest.mark.parametrize(
    ("value", "slug"), [("A b/c", "a-b-c"), ("<x>", "x"), ("", "x"), ("回", "x"), (HOSTILE, None)]
)
def test_slug(value: str, slug: str | None) -> None:
    made = markup.slug(value)
    assert slug is None or made == slug
    assert made.replace("-", "").isalnum()
    assert made.isascii()


def test_table() -> None:
    read = Page(markup.table(("a", "b"), [("1", "<i>2</i>")], "A & B", numeric=(1,)))
    assert read.open == []
    assert read.text == "A & B a b 1 2"
    assert [one.get("scope") for one in read.tags("th")] == ["col", "col", "row"]
    assert read.tags("td") == [{"class": "number"}]
    with pytest.raises(ValueError, match="zip"):
        markup.table(("a", "b"), [("1",)], "x")

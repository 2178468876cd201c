"""The pages' terms come from the documentation's glossary."""

from __future__ import annotations

from pathlib import Path

import pytest

import echospan.lab

ROOT = Path(__file__).parents[2]


def test_the_glossary_that_is_shipped_is_that_of_the_documentation():
    shipped = Path(echospan.lab.__file__).parent / "static" / "glossary.md"
    assert shipped.read_text("utf-8") == (ROOT / "docs" / "glossary.md").read_text("utf-8")


def test_terms_have_plain_meanings():
    pytest.importorskip("nicegui")
    from echospan.lab.theme import glossary

    known = glossary()
    assert {"batch row", "span", "lag", "chance"} <= set(known)
    assert all(text and "`" not in text and '"' not in text for text in known.values())


def test_terms_in_a_sentence_are_explained_once_and_the_rest_is_escaped():
    pytest.importorskip("nicegui")
    from echospan.lab.theme import with_terms

    shown = with_terms("The lag <b>counts</b>: lags are steps, and chance is guessing.")
    assert shown.count("<abbr") == 2
    assert "&lt;b&gt;counts&lt;/b&gt;" in shown
    assert ">lag</abbr>" in shown
    assert ">chance</abbr>" in shown

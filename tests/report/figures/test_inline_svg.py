from __future__ import annotations

import re
from xml.etree import ElementTree

from echospan.report import figures
from echospan.report.figures.comparison import Bar
from echospan.report.figures.save import inline_svg
from echospan.report.figures.style import ADAPTIVE
from report.samples import HOSTILE, hidden, history, variants


def test_ids_are_prefixed_and_references_follow() -> None:
    svg = inline_svg(figures.training_curve(history(), 4.6, 0.01), "run-1-training", "Curves")
    ids = set(re.findall(r'\bid="([^"]*)"', svg))
    references = set(re.findall(r'href="#([^"]*)"|url\(#([^)]*)\)', svg))
    assert ids
    assert all(name.startswith("run-1-training-") for name in ids)
    assert {first or second for first, second in references} <= ids
    assert references


def test_style_colours_become_variables() -> None:
    svg = inline_svg(figures.comparison(list(map(Bar.of, variants())), 0.01), "c", "Dots")
    for colour in ADAPTIVE.values():
        assert not re.search(rf"(?<!, ){colour}", svg)
    assert f"var(--fig-blue, {ADAPTIVE['blue']})" in svg


def test_it_is_well_formed_and_needs_nothing_else() -> None:
    svg = inline_svg(figures.hidden_state(**hidden()), "h", 'Heat "map" <1>')
    root = ElementTree.fromstring(svg)
    assert root.attrib["aria-label"] == 'Heat "map" <1>'
    assert root.attrib["role"] == "img"
    images = [one for one in root.iter() if one.tag == "image"]
    assert images
    assert all(one.attrib["href"].startswith("data:image/png;base64,") for one in images)
    assert "http" not in re.sub(r"base64,[^\"]*", "", svg)
    assert "<style" not in svg


def test_text_stays_text_and_is_escaped() -> None:
    figure = figures.comparison([Bar("a<b>&c", 0.5)])
    root = ElementTree.fromstring(inline_svg(figure, "c", "Dots"))
    words = ["".join(one.itertext()) for one in root.iter("text")]
    assert "a<b>&c" in words
    assert "50 %" in words
    assert all("fill" in one.attrib["style"] for one in root.iter("text"))
    hostile = inline_svg(figures.comparison([Bar(HOSTILE, 0.5)]), "c", HOSTILE)
    ElementTree.fromstring(hostile)
    assert "<script" not in hostile

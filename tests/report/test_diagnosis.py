"""A diagnosis as text, as a card, as a page and as a figure."""

from __future__ import annotations

import pytest

from echospan.report import diagnosis_words as words
from echospan.report.document import card_html, page_html
from echospan.report.figures.diagnosis import four_bars
from report.diagnoses import bare, found


def ids(figure) -> set[str]:
    return {str(one.get_gid()) for one in figure.findobj() if one.get_gid()}


def test_the_picture_has_a_bar_for_each_number_that_is_known():
    pytest.importorskip("matplotlib")
    drawn = four_bars(found())
    assert {"bar-needs", "bar-framing_reach", "bar-uses", "open-needs", "interval-uses"} <= ids(
        drawn
    )
    assert "bar-span" not in ids(drawn)
    assert "interval-framing_reach" not in ids(drawn)
    said = [one.get_text() for one in drawn.axes[0].texts]
    assert "not asked for" in said
    assert " 12 or more" in said
    assert drawn.axes[0].get_xscale() == "log"
    assert drawn.axes[0].get_title(loc="left") == "Weakest link: the framing"


def test_a_diagnosis_without_numbers_and_one_of_zero_are_drawn():
    pytest.importorskip("matplotlib")
    assert not {one for one in ids(four_bars(bare())) if one.startswith("bar-")}
    nothing = found(needs=0, intervals={"needs": (0, 0)}, weakest_link="data")
    assert "needed" not in ids(four_bars(nothing))


def test_the_text_says_link_numbers_remedy_and_findings():
    said = str(found())
    for part in ("Weakest link: the framing.", "12 or more", "not asked for", "window=12",
                 "error lag-outside-window"):  # fmt: skip
        assert part in said
    assert repr(found()).startswith("<Diagnosis MyLSTM: Weakest link: the framing.")


def test_card_and_page_show_the_same():
    card, page = card_html(found()._card()), page_html(found()._page())
    for part in ("window=12", "Weakest link: the framing", "lag-outside-window"):
        assert part in card
        assert part in page
    assert "riders" in page
    assert card_html(bare()._card())


def test_numbers_without_an_interval_have_a_dash():
    assert words.interval(bare(), "needs") == "–"
    assert words.interval(found(), "uses") == "1 to 4"
    assert words.spoken(bare()).count("not known") == 4


def test_a_diagnosis_is_saved_and_listed(tmp_path):
    for name in ("d.json", "d.html"):
        found().save(tmp_path / name)
        assert (tmp_path / name).stat().st_size > 500
    pytest.importorskip("polars")
    frame = found().to_frame()
    assert frame["steps"].to_list() == [12, 6, None, 2]
    assert frame["high"].to_list() == [None, 6, None, 4]
    assert frame["reason"].to_list()[2] == "not asked for"


def test_a_fault_is_a_weak_link_with_an_error():
    assert not found().ok
    assert found(findings=()).ok
    assert found(weakest_link="none").ok
    with pytest.raises(KeyError):
        found().steps("loss")

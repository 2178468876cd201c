"""A report of `needs` as text, as a card, as a page and as a figure."""

from __future__ import annotations

import pytest

from echospan.errors import DataError
from echospan.report import needs_words as words
from echospan.report.document import page_html
from report.needed import needed, no_past
from report.pages import Page
from report.samples import HOSTILE


def flat(text: object) -> str:
    return " ".join(str(text).split())


def test_text_says_what_was_taken_then_the_answer_the_curve_the_lags_and_what_to_paste() -> None:
    told = flat(needed())
    places = [
        told.index(text)
        for text in (
            "rides.csv, riders: 400 values taken as numbers.",
            "A model needs to see the last 4 steps, as far as these 400 values can show.",
            "Does any past help? Yes (p = 0.010).",
            "At least 3: a shorter lookback is shown to lose more.",
            "Needs 4: no longer lookback, up to 8, does better by more than chance explains.",
            "Shown to be enough: 6.",
            "98 % of the gain over no past is there at lookback 3.",
            "the answer is 1 (at least 1), not 4",
            "4 1 0.9 to 1.1 25 %",
            "4 rain – 5 %",
            "To paste: window=4",
            "Elsewhere: sequence_length=4.",
            "Of 500 values, 400 were used.",
        )
    ]
    assert places == sorted(places)


def test_where_no_past_helps_the_gain_that_would_have_been_seen_is_told() -> None:
    told = flat(no_past())
    assert "No past helps, as far as these 400 values can show." in told
    assert "A past that lowers the loss by 3.1 % would have been seen in 4 of 5" in told
    assert "paste" not in told
    assert "%" not in flat(words.statements(no_past(detectable_gain=None)))


def test_what_is_open_is_said() -> None:
    told = flat(needed(still_helps=True, enough=None, stopped=True, at_least=1, horizon=24))
    assert "The longest lookback tried, 8, still helps: a longer one may be needed." in told
    assert "No lookback is shown to be enough" in told
    assert "Interrupted: lookbacks up to 8 were tried" in told
    assert "At least 1: without any past more is lost." in told
    assert "taken as numbers, horizon 24." in told
    assert "taken as symbols (5 different)" in flat(needed(kind="symbols", symbols=5))
    assert "p < 0.001" in flat(needed(p_value=0.001))
    assert "rolling origin" not in flat(needed(other=None))


def test_a_card_folds_the_losses_and_a_page_shows_them() -> None:
    card = Page(needed()._repr_html_())
    page = Page(page_html(needed()._page()))
    for read in (card, page):
        assert read.open == []
        assert "window=4" in read.text
        assert "the past helps" in read.text
    assert "no past helps" in Page(no_past()._repr_html_()).text


def test_the_figure_has_the_curve_and_the_answers() -> None:
    (axes,) = needed().figure().axes
    drawn = {line.get_gid(): line for line in axes.get_lines() if line.get_gid()}
    assert {"loss", "at-least", "needs", "shown-enough"} <= set(drawn)
    assert list(drawn["loss"].get_xdata()) == [0, 1, 2, 3, 4, 6, 8]
    assert list(drawn["needs"].get_xdata()) == [4, 4]
    (axes,) = no_past().figure().axes
    assert "needs" not in {line.get_gid() for line in axes.get_lines()}
    with pytest.raises(DataError, match="nothing to draw"):
        needed(curve=()).figure()


def test_losses_that_differ_by_decades_stand_on_a_logarithmic_axis() -> None:
    from echospan.results.needs import NeedsPoint

    curve = tuple(NeedsPoint(n, 10.0**-n, (0.0, 2 * 10.0**-n)) for n in (0, 1, 2, 4))
    (axes,) = needed(curve=curve).figure().axes
    assert axes.get_yscale() == "log"


def test_files_and_frames(tmp_path) -> None:
    frame = needed().to_frame()
    assert frame["lookback"].to_list() == [0, 1, 2, 3, 4, 6, 8]
    assert frame["relative"].to_list()[4] == 0.25
    for suffix in (".html", ".json", ".md", ".tex", ".csv"):
        assert needed().save(tmp_path / f"found{suffix}").exists()
    assert "| 4 | rain | – | 5 % |" in (tmp_path / "found.md").read_text("utf-8")


def test_a_loss_is_found_by_its_lookback() -> None:
    assert needed().loss(3) == 1.2
    assert needed().longest == 8
    with pytest.raises(KeyError):
        needed().loss(5)
    assert repr(needed()) == "<NeedsReport riders: needs 4, at least 3; 400 values as numbers>"
    assert repr(no_past()) == "<NeedsReport riders: no past helps; 400 values as numbers>"


def test_hostile_texts_stay_text() -> None:
    report = needed(data=HOSTILE, target=HOSTILE, notes=(HOSTILE,), paste=HOSTILE)
    for page in (report._repr_html_(), page_html(report._page())):
        assert "<script" not in page
        assert "<img" not in page
    assert "[red]b[/red]" in str(report)

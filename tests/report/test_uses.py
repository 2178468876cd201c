"""A report of `uses` as text, as a card, as a page and as a figure."""

from __future__ import annotations

import pytest

from echospan.errors import DataError
from echospan.report import uses_words as words
from echospan.report.document import page_html
from echospan.report.figures.uses import curves
from report.pages import Page
from report.usages import bare, found


def flat(text: object) -> str:
    return " ".join(str(text).split())


def test_text_tells_the_answer_the_ablations_and_what_they_mean_in_this_order() -> None:
    told = flat(found())
    places = [
        told.index(text)
        for text in (
            "MyLSTM uses the newest 1 step (95 % interval: 1 to 2) of 64: they keep 95 % of the",
            "Answers change with inputs up to 40 steps back.",
            "Warm-up from a fresh start: 40 steps.",
            "With 1 step kept, 12.5 % of the answers change much.",
            "average 1 1 to 2 1",
            "restart 40 33 to 48 40",
            "rare 40 3 2 to 5",
            "A fresh start needs 40 steps.",
            "Loss (mse) with all 64 steps 0.42, of the best constant answer 1.3.",
            "2,048 of 9,000 samples, evenly spread.",
        )
    ]
    assert places == sorted(places)


def test_what_was_not_measured_is_a_dash_and_said() -> None:
    told = flat(bare())
    assert "Interrupted before the steps used were known." in told
    assert "restart – – –" in told
    assert "Interrupted: what is not listed was not run." in told
    assert "<UsesReport MyLSTM: Interrupted before" in repr(bare())
    with pytest.raises(DataError, match="nothing to draw"):
        bare().figure()


@pytest.mark.parametrize(
    ("interval", "text"), [(None, "–"), ((3, 3), "3"), ((1, 1200), "1 to 1,200")]
)
def test_intervals(interval: tuple[int, int] | None, text: str) -> None:
    assert words.span_of(interval) == text


def test_a_figure_has_a_curve_for_each_ablation_and_the_lines_that_judge_them() -> None:
    axes = curves(found()).axes[0]
    ids = {line.get_gid() for line in axes.get_lines()}
    assert ids == {"curve-average", "curve-restart", "curve-shuffle", "constant", "margin", "uses"}
    low, high = axes.get_ylim()
    assert low < 0.42 < 1.3 < high < 2.1


def test_a_page_has_everything_and_a_card_the_rest_folded() -> None:
    page = Page(page_html(found()._page()))
    text = flat(page.text)
    for each in ("How far back MyLSTM looks", "A fresh start needs 40 steps.", "rare", "Older"):
        assert each in text
    card = found()._repr_html_()
    assert "<svg" in card
    assert "uses 1" in card
    assert bare()._repr_html_()


@pytest.mark.parametrize("suffix", [".html", ".json", ".csv", ".md", ".tex", ".png"])
def test_it_is_saved_in_every_form(tmp_path, suffix: str) -> None:
    place = found().save(tmp_path / f"uses{suffix}")
    assert place.stat().st_size > 100

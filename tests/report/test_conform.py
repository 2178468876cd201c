"""A report of `conform` as text, as a card, as a page and as a figure."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from echospan.errors import DataError
from echospan.report import conform_words as words
from echospan.report.document import page_html
from echospan.report.figures.conform import differences
from echospan.report.objects import ConformReport
from report.conforms import CHECKS, found, sound
from report.pages import Page
from report.samples import HOSTILE


def flat(text: object) -> str:
    return " ".join(str(text).split())


def test_text_tells_verdict_table_cause_and_what_is_not_promised_in_this_order() -> None:
    told = flat(found())
    places = [
        told.index(text)
        for text in (
            "MyCell: Fault in 1 of 7 checks: chunks.",
            "✗ fault 2.5 2e-12 0.9 batch 1, chunks 1+2",
            "Fault: chunks The outputs differ by up to 2.5, 3.1 times their standard deviation",
            "The state is lost at the cut",
            "With the model's own weights, it differs there by 3e-5.",
            "Cannot tell: gradient The power is small.",
            "Not promised: pad-right The outputs differ by up to 0.4",
            "The library asks for padding on the left.",
            "Not supported: crop",
            "Computed in float64 with torch 2.13.0; 1.5 s. Weights were enlarged.",
        )
    ]
    assert places == sorted(places)


def test_a_sound_model_has_no_explanations() -> None:
    told = flat(sound())
    assert "MyCell: No fault found: 3 checks passed." in told
    assert "pass (rounding)" in told
    assert "Fault:" not in told
    assert "--script" not in told


def test_the_first_sentence_says_what_was_let_through_or_is_not_known() -> None:
    through = found(checks=tuple(c for c in CHECKS if c.verdict not in ("fault", "cannot_tell")))
    assert words.opening(through) == (
        "No fault found: 3 checks passed (1 not supported, 1 not promised)."
    )
    unsure = found(checks=(CHECKS[0], CHECKS[6]))
    assert words.opening(unsure).endswith("carried correctly: gradient.")
    assert words.opening(found(checks=())).endswith("because no check passed.")
    told = flat(found(stopped=True, strict=True))
    assert "Interrupted: the checks that are not listed were not made." in told
    assert "Strict:" in told


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "–"),
        (math.nan, "–"),
        (math.inf, "infinite"),
        (0.0, "0"),
        (2.5, "2.5"),
        (123.4, "123"),
        (0.0012, "0.0012"),
        (2e-12, "2e-12"),
        (3.14e-5, "3.1e-5"),
        (2.5e10, "2.5e10"),
    ],
)
def test_sizes(value: float | None, text: str) -> None:
    assert words.size(value) == text


def test_a_difference_that_is_no_number_is_told_in_words() -> None:
    odd = replace(CHECKS[3], difference=math.inf)
    assert words.explained(odd)[0] == "The outputs have another shape, or hold NaN or infinity."


def test_cases() -> None:
    assert words.case({}) == ""
    assert words.case({"batch": 1, "cuts": (4,), "pads": 3}) == "batch 1, chunks 4, padding 3"
    assert words.case({"taken": 3, "index": [2, 0]}) == "steps taken back 3, rows 2, 0"
    assert words.case({"cuts": [1] * 20, "means": "position_ids"}) == (
        "chunks 20 × 1, by position_ids"
    )


def test_of_several_checks_the_same_is_said_once() -> None:
    others = tuple(replace(CHECKS[5], name=name) for name in ("reset", "save"))
    (said,) = words.told(found(checks=(CHECKS[5], *others)))
    assert said.heading == "Not supported: crop, reset, save"
    one, other = words.told(found(checks=(CHECKS[3], replace(CHECKS[3], name="a", script=""))))
    assert (one.heading, other.heading) == ("Fault: chunks", "Fault: a")


def test_a_page_holds_the_script_and_a_card_does_not() -> None:
    page = page_html(found()._page())
    read = Page(page)
    assert read.open == []
    assert "torch.nn.GRU" in page
    assert "Cannot tell: gradient" in read.text
    assert "crop: crop raises NotImplementedError: no crop here." in read.text
    card = Page(found()._repr_html_()).text
    assert "torch.nn.GRU" not in card
    assert "Fault: chunks" in card
    assert "Not supported: crop" not in card


def test_the_figure_has_difference_tolerance_and_power_of_each_check() -> None:
    (axes,) = differences(CHECKS).axes
    drawn = [line.get_gid() for line in axes.get_lines() if line.get_gid()]
    assert drawn.count("tolerance") == 6
    assert drawn.count("power") == 5
    assert [drawn.count(f"difference-{kind}") for kind in ("pass", "fault", "other")] == [3, 1, 2]
    assert axes.get_xscale() == "log"
    assert [label.get_text() for label in axes.get_yticklabels()][:2] == ["repeat", "steps"]
    left, right = axes.get_xlim()
    for line in axes.get_lines():
        assert all(left <= place <= right for place in line.get_xdata())


def test_what_is_not_finite_is_drawn_at_the_end_and_nothing_says_so() -> None:
    endless = replace(CHECKS[3], difference=math.inf)
    (axes,) = differences([endless]).axes
    (line,) = [one for one in axes.get_lines() if one.get_gid() == "difference-fault"]
    assert line.get_xdata()[0] == axes.get_xlim()[1]
    huge = replace(CHECKS[3], difference=1e308, tolerance=-1.0, power=math.nan)
    (axes,) = differences([huge]).axes
    assert axes.get_xlim()[1] < 1e40
    for checks in ([CHECKS[5]], [replace(CHECKS[3], difference=math.nan)]):
        with pytest.raises(DataError, match="nothing to draw"):
            differences(checks)
    assert "<svg" not in found(checks=CHECKS[5:6])._repr_html_()


def test_hostile_texts_stay_text() -> None:
    odd = replace(CHECKS[3], cause=HOSTILE, smallest_case={HOSTILE: HOSTILE}, script=HOSTILE)
    report = found(model=HOSTILE, checks=(odd,), notes=(HOSTILE,))
    for page in (report._repr_html_(), page_html(report._page())):
        assert "<script" not in page
        assert "<img" not in page
    assert "[red]b[/red]" in str(report)
    assert isinstance(report, ConformReport)

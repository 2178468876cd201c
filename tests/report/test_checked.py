from __future__ import annotations

from dataclasses import replace
from typing import Any

from echospan.report import RunView
from echospan.report.panels import panels
from echospan.report.run_page import page
from echospan.results.check_report import CheckData, Finding, Lag, Needs

from .samples import HOSTILE


def lag(number: int, forward: bool | None, gradient: bool | None, **names: Any) -> Lag:
    return Lag(number, forward, gradient, None, **names)


CHECK = CheckData(
    findings=(Finding("gradient-cut", "warning", "An update spans 1 step."),),
    reach=(lag(0, True, True), lag(1, False, False), lag(6, True, False), lag(7, None, None)),
    needs_lag=Needs(1, "declared"),
    rows=("Row 3 of batch 2 inherits the state of sample 9.",),
    skipped=("whether padding changes the answer",),
)


def test_the_rows_the_map_and_the_findings_stand_together(view: RunView) -> None:
    told = page([view.with_check(CHECK)], title="t")
    places = [
        told.index(text)
        for text in (
            "Can the needed input affect the output?</h3>",
            "Row 3 of batch 2 inherits",
            "One tile per lag",
            "The reach map as a table",
            "1 (needed)",
            "An update spans 1 step.",
            "Not checked: whether padding changes the answer",
            "Expected and predicted</h3>",
        )
    ]
    assert places == sorted(places)
    assert "not probed" in told
    assert "Can the needed input affect the output?" not in page([view], title="t")


def test_the_map_is_told_in_words(view: RunView) -> None:
    (first, *_) = panels(view.with_check(CHECK))
    assert first.name == "reach"
    assert first.alt == (
        "Reach map: the input affects the output at lags 0, 6; the gradient reaches the input at "
        "lags 0; lag 1 is needed."
    )
    several = replace(
        CHECK,
        reach=(
            lag(0, True, True, input="a", needed=False),
            lag(1, False, False, input="b", needed=True),
        ),
    )
    alt = panels(view.with_check(several))[0].alt
    assert (
        "input 'a': the input affects the output at lags 0; the gradient reaches the input at "
        "lags 0. " in alt
    )
    assert "input 'b': no input affects the output; lag 1 is needed" in alt
    assert page([view.with_check(several)], title="t").count("Reach map, input") >= 2


def test_what_could_not_be_checked_is_said_and_what_was_clean(view: RunView) -> None:
    told = page([view.with_check(CheckData((), skipped=("No such file.",)))], title="t")
    assert "Not checked: No such file." in told
    assert "No problem found in order" not in told
    clean = replace(CHECK, findings=(), skipped=())
    assert "No problem found in order" in page([view.with_check(clean)], title="t")


def test_hostile_words_stay_words(view: RunView) -> None:
    hostile = CheckData(
        findings=(Finding(HOSTILE, "error", HOSTILE),),
        reach=(lag(0, True, None, input=HOSTILE),),
        needs_lag=Needs(None, "unknown", HOSTILE),
        rows=(HOSTILE,),
        skipped=(HOSTILE,),
    )
    told = page([view.with_check(hostile)], title="t")
    assert "<script>" not in told
    assert "<img src=x" not in told

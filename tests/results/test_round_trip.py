"""Results become plain values and come back the same; damaged ones as far as they go."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import FrozenInstanceError
from typing import Any

import pytest

from echospan.errors import DataError
from echospan.report.objects import CheckReport, Comparison, RunResult, Sheet
from echospan.results.check_report import Finding, Lag, Needs
from echospan.results.comparison import Difference, Farther
from report.conforms import found
from report.diagnoses import bare as bare_diagnosis
from report.diagnoses import found as diagnosed
from report.needed import needed, no_past
from report.samples import grid, lag_variants, stored, variants
from report.sheets import full_sheet, sheet
from report.sweeps import result as swept
from report.usages import bare
from report.usages import found as used


def report() -> CheckReport:
    return CheckReport(
        findings=(
            Finding(
                "gradient-cut", "error", "It is cut.", {"rows": (1, 2), "exact": True}, "x = y"
            ),
            Finding("no-signal", "note", "None was found.", {"exact": False}),
        ),
        reach=(Lag(0, True, True, 1.0, needed=True), Lag(1, False, None)),
        needs_lag=Needs(0, "copy", "The target is the input."),
        call={"batch_size": 32, "shuffle": True},
        unused=("epochs",),
        seconds=0.5,
    )


def comparison() -> Comparison:
    return Comparison(
        (full_sheet(), sheet("lstm")),
        (Farther("gru", 2, "lstm", 1),),
        (Difference(1, "gru", "lstm", 0.2, True),),
        3.0,
    )


def run(**changes: Any) -> RunResult:
    return RunResult.from_dict(stored(**changes))


RESULTS = {
    "sheet": full_sheet(),
    "bare sheet": sheet("lstm"),
    "comparison": comparison(),
    "check": report(),
    "conform": found(),
    "needs": needed(),
    "needs nothing": no_past(),
    "uses": used(),
    "bare uses": bare(),
    "diagnosis": diagnosed(),
    "bare diagnosis": bare_diagnosis(),
    "sweep": swept(),
    "run": run(),
    "run with variants": run(variants=variants(), grid=grid()),
    "run by lag": run(variants=lag_variants()),
}


@pytest.mark.parametrize("name", RESULTS)
def test_plain_values_lead_back_to_an_equal_object(name: str) -> None:
    result = RESULTS[name]
    plain = result.to_dict()
    assert type(result).from_dict(plain) == result
    # Through JSON, too, and unknown keys of a later version do no harm.
    again = json.loads(json.dumps(plain, allow_nan=False))
    assert type(result).from_dict({**again, "later": 1}) == result
    assert type(result).from_dict(again).to_dict() == plain


@pytest.mark.parametrize("name", RESULTS)
def test_attributes_have_the_names_of_the_keys_and_are_frozen(name: str) -> None:
    result = RESULTS[name]
    for key in result.to_dict().keys() - {"version"}:
        assert hasattr(result, key)
    with pytest.raises(FrozenInstanceError):
        result.seconds = 0  # type: ignore[misc,union-attr]


def test_what_lacks_a_key_is_refused_with_its_name() -> None:
    plain = full_sheet().to_dict()
    del plain["model"]
    with pytest.raises(DataError, match=r"Sheet\.from_dict needs what to_dict returned; model"):
        Sheet.from_dict(plain)
    with pytest.raises(DataError, match=r"per_lag\.0\.lag"):
        Sheet.from_dict({**full_sheet().to_dict(), "per_lag": [{"outcome": "solved"}]})


def test_a_sheet_written_before_held_said_what_is_solved_opens() -> None:
    plain = full_sheet().to_dict()
    for held in plain["capacity"]["held"]:
        del held["solved"]
    assert Sheet.from_dict(plain) == full_sheet()


def test_sheets_of_a_comparison_can_show_themselves() -> None:
    again = Comparison.from_dict(comparison().to_dict())
    assert [type(one) for one in again.sheets] == [Sheet, Sheet]


def test_a_run_can_be_read_like_the_dictionary_that_it_was() -> None:
    result = run(variants=variants())
    assert isinstance(result, Mapping)
    assert result["accuracy"] == result.accuracy == 0.998
    assert result["variants"][0]["accuracies"] == list(result.variants[0].accuracies)
    assert dict(result) == {**result} == result.to_dict()
    assert (result.get("tolerance"), result.get("tolerance", 1)) == (None, 1)
    assert "grid" not in result
    assert "seconds" in result
    with pytest.raises(KeyError):
        result["grid"]


def test_frames_are_tidy() -> None:
    frame = full_sheet().to_frame()
    assert frame.shape[0] == 4 * 2
    assert frame["seed"].unique().sort().to_list() == [0, 1]
    assert frame.filter(lag=4)["accuracy"].to_list() == [0.8, 0.8]
    assert comparison().to_frame()["model"].unique().to_list() == ["gru"]
    assert sheet("lstm").to_frame().columns == frame.columns
    assert report().to_frame()["code"].to_list() == ["gradient-cut", "no-signal"]
    runs = run(variants=variants()).to_frame()
    assert runs.shape[0] == 1 + 4 * 3
    assert runs.filter(variant="aligned/all")["seed"].to_list() == [3, 4, 5]

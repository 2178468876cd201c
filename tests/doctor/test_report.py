from __future__ import annotations

import json

import pytest

from echospan.doctor import CheckReport, Lag, Needs
from echospan.doctor.finding import find, in_order
from echospan.errors import ConfigError, DataError


def found(code, **kind):
    return find(code, f"about {code}", remedy="x = x", **kind)


def test_a_finding_takes_its_severity_from_the_catalogue():
    assert found("gradient-cut").severity == "warning"
    assert found("gradient-cut", severity="note").severity == "note"
    assert found("gradient-cut", row=3).evidence == {"exact": True, "row": 3}
    with pytest.raises(ConfigError, match="code must be one of"):
        found("no-such-code")


def test_unreachable_comes_first_then_the_gradient_then_the_rest_and_notes_last():
    codes = ["target-in-input", "no-signal", "gradient-cut", "lag-outside-window"]
    assert [f.code for f in in_order(map(found, codes))] == list(reversed(codes))


def test_lost_state_matters_less_where_the_rows_are_wrong():
    both = [found(c) for c in ("state-not-carried", "gradient-cut", "state-row-mismatch")]
    told = [f.code for f in in_order(both)]
    assert told == ["state-row-mismatch", "gradient-cut", "state-not-carried"]
    assert [f.code for f in in_order(both[:2])] == ["state-not-carried", "gradient-cut"]


def test_the_report_is_plain_values_and_text():
    report = CheckReport(
        findings=(found("gradient-cut"),),
        reach=(Lag(0, True, True, 1.0), Lag(1, True, False)),
        needs_lag=Needs(1, "declared", "1, as declared"),
    )
    assert report.ok
    told = json.loads(json.dumps(report.to_dict()))
    assert told["needs_lag"]["how"] == "declared"
    line = {"lag": 1, "forward": True, "gradient": False, "strength": None, "needed": False}
    assert told["reach"][1] == line
    text = str(report)
    assert "gradient-cut" in text
    assert "1 (needed)" in text
    assert not CheckReport((found("rows-mixed"),)).ok


def test_the_figure_shows_what_gets_through():
    report = CheckReport((), (Lag(0, True, True), Lag(1, True, False), Lag(2, None, None)))
    marks = [line.get_gid() for line in report.figure().axes[0].get_lines()]
    assert sorted(marks) == ["blocked", "reached", "reached", "reached"]
    with pytest.raises(DataError, match="lags"):
        CheckReport(()).figure()

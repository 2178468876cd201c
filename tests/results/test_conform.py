"""What `conform` found as data: verdicts, scripts, frames."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from echospan.errors import ConfigError
from report.conforms import CHECKS, SCRIPT, found, sound


def test_the_verdict_over_all_follows_from_the_checks() -> None:
    assert found().verdict == "fault"
    assert [one.name for one in found().faults] == ["chunks"]
    assert sound().verdict == "conforms"
    let_through = tuple(one for one in CHECKS if one.verdict in ("pass", "not_promised", "refuses"))
    assert found(checks=let_through).verdict == "conforms"
    unsure = tuple(one for one in CHECKS if one.verdict != "fault")
    assert found(checks=unsure).verdict == "cannot_tell"
    # Nothing passed, so nothing was shown.
    refused = tuple(one for one in CHECKS if one.verdict == "refuses")
    assert found(checks=refused).verdict == "cannot_tell"
    assert found(checks=()).verdict == "cannot_tell"


def test_without_a_run_from_a_state_nothing_is_told() -> None:
    passed = next(one for one in CHECKS if one.verdict == "pass")
    refused = next(one for one in CHECKS if one.verdict == "refuses")
    rows = [replace(passed, name="repeat"), replace(refused, name="chunks")]
    assert found(checks=tuple(rows)).verdict == "cannot_tell"
    assert found(checks=(*rows, replace(passed, name="steps"))).verdict == "conforms"
    assert found(checks=(passed, replace(refused, name="power"))).verdict == "cannot_tell"


def test_a_script_is_that_of_the_first_fault_or_of_the_one_named() -> None:
    later = replace(CHECKS[3], name="reset", script="print(2)")
    both = found(checks=(*CHECKS, later))
    assert both.script() == SCRIPT
    assert both.script("reset") == "print(2)"
    assert both.script("repeat") == ""
    assert sound().script() == ""
    first = replace(CHECKS[3], script="")
    assert found(checks=(first, later)).script() == "print(2)"
    with pytest.raises(ConfigError, match=r"check must be one of repeat, .*Did you mean 'chunks'"):
        found().script("chunk")


def test_a_row_has_the_numbers_and_the_smallest_case() -> None:
    frame = found().to_frame()
    assert frame["check"].to_list() == [one.name for one in CHECKS]
    row = frame.row(3, named=True)
    assert (row["verdict"], row["difference"], row["own_weights"]) == ("fault", 2.5, 3e-5)
    assert json.loads(row["smallest_case"]) == {"batch": 1, "cuts": [1, 2]}
    assert frame["difference"].to_list()[5] is None
    assert found(checks=()).to_frame().columns == frame.columns


def test_a_check_is_found_by_its_name() -> None:
    assert found()["chunks"].smallest_case["cuts"] == [1, 2]
    with pytest.raises(KeyError, match="nothing"):
        found()["nothing"]

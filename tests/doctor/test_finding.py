from __future__ import annotations

import pytest

from echospan.doctor import finding as module
from echospan.doctor.catalogue import catalogue
from echospan.doctor.finding import find, in_order


@pytest.fixture(autouse=True)
def covering(monkeypatch):
    """`window-half-used` stands for `output-constant`."""
    entries = catalogue()
    entries["window-half-used"] = entries["window-half-used"].replace(covers=["output-constant"])
    monkeypatch.setattr(module, "entry", entries.__getitem__)


def test_a_general_finding_moves_into_the_evidence_of_the_specific_one():
    general = find("output-constant", "All the same.", output="a")
    specific = find("window-half-used", "Only half.", severity="error")
    other = find("rows-mixed", "Rows.")
    found = in_order([general, other, specific])
    assert {each.code for each in found} == {"window-half-used", "rows-mixed"}
    kept = next(each for each in found if each.code == "window-half-used")
    assert kept.evidence["covers"] == [{"code": "output-constant", "message": "All the same."}]


@pytest.mark.parametrize(
    ("severity", "output"),
    [("warning", "a"), ("error", "b")],
)
def test_it_stays_where_it_is_more_severe_or_about_another_output(severity, output):
    general = find("output-constant", "All the same.", output="a")
    specific = find("window-half-used", "Only half.", severity=severity, output=output)
    found = in_order([general, specific])
    assert {each.code for each in found} == {"window-half-used", "output-constant"}
    assert "covers" not in found[0].evidence

"""The bench of planted faults in pairs of JAX functions."""

from __future__ import annotations

import pytest

from conform.bench.jax_faults import FAULTS, pair
from echospan.conformance.conform import conform

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("planted", FAULTS, ids=lambda planted: planted.fault)
def test_a_planted_fault_is_found_by_its_checks(planted):
    report = conform(pair(planted.fault), checks=planted.found)
    assert {check.name for check in report.faults} >= set(planted.found)


def test_the_sound_twin_conforms():
    report = conform(pair())
    assert report.verdict == "conforms"
    assert report["pad_left"].verdict == "pass"
    assert report["gradient"].verdict == "pass"

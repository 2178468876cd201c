"""The bench of planted faults in torch modules: none is missed, and no sound twin is faulted."""

from __future__ import annotations

import pytest

torch = pytest.importorskip("torch")

from conform.bench.torch_faults import FAULTS, SOUND  # noqa: E402
from echospan.conformance.conform import conform  # noqa: E402

QUICK = ("lost", "padding enters", "reset keeps the length")


def made(kind, fault=""):
    torch.manual_seed(0)
    return kind(fault)


@pytest.mark.parametrize(
    "planted",
    [
        pytest.param(
            each,
            id=f"{each.kind.__name__}: {each.fault}",
            marks=() if each.fault in QUICK else pytest.mark.slow,
        )
        for each in FAULTS
    ],
)
def test_a_planted_fault_is_found_by_its_checks(planted):
    report = conform(made(planted.kind, planted.fault))
    faults = {check.name for check in report.faults}
    assert faults >= set(planted.found)
    assert report.verdict == "fault"


@pytest.mark.slow
@pytest.mark.parametrize("kind", SOUND, ids=lambda kind: kind.__name__)
def test_a_sound_twin_conforms(kind):
    report = conform(made(kind))
    assert not report.faults
    assert report.verdict == "conforms"

"""Real models whose gradients vanish or end: the verdict, and the norms that it rests on."""

from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from echospan.report.objects import Sheet
from echospan.spans.api import span
from echospan.spans.limits import VANISHED

pytestmark = pytest.mark.slow

FILE = f"{Path(__file__).with_name('fading_models.py')}"


def measure(function: str, **settings: Any) -> Sheet:
    plain = {"symbols": 4, "seeds": 1, "budget": "8k updates", "updates": 1500}
    return span(f"{FILE}:{function}", **{**plain, **settings})


def test_a_small_recurrent_matrix_lets_the_gradient_vanish() -> None:
    sheet = measure("held_small", lags=[1, 4], rates=[0.03])
    assert [row.outcome for row in sheet.per_lag] == ["solved", "failed"]
    assert sheet.verdict_code == "gradient-vanishing"
    norms = sheet.reach["start"].backward
    assert norms is not None
    # Each column of the matrix is at most 0.02, so each step back costs a factor of 50 on the way.
    assert 0 < norms[4] < VANISHED * norms[0]
    assert all(later < 0.1 * earlier for earlier, later in pairwise(norms[:7]))
    assert sheet.verdict_evidence["gradient"] < VANISHED
    assert "times that of the newest one" in sheet.verdict


def test_a_state_that_no_gradient_goes_through() -> None:
    sheet = measure("detached", lags=[12], rates=[0.003])
    assert sheet.verdict_code == "gradient-truncated"
    for look in (sheet.reach["start"], sheet.reach["failed"]):
        assert look.backward is not None
        assert look.backward[0] > 0
        assert not any(look.backward[1:])
        # What was heard does come forward.
        assert look.forward[12] > 0
    assert sheet.verdict_evidence["gradient"] == 0.0

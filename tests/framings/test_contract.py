from __future__ import annotations

import pytest

from echospan.framings import FRAMINGS
from echospan.tasks import CuedEcho, Echo, Recite
from echospan.testing import check_framing

# Kind, settings, task, batch size, sequences.
CASES = [
    ("per-step", {}, Echo(lag=1), 6, 3),
    ("per-step", {}, Echo(lag=0), None, 1),
    ("per-step", {"gradient": "sequence"}, Echo(lag=1), 6, 1),
    ("per-step", {"rows": "aligned"}, Echo(lag=2), None, 4),
    ("per-step", {"rows": "aligned", "gradient": "sequence"}, Echo(lag=2), 4, 4),
    ("window", {"window": 5}, Echo(lag=1), 5, 3),
    ("window", {"window": 5, "force": True}, Echo(lag=9), 4, 2),
    ("window", {"window": 5, "keep_missing": True}, Echo(lag=3), 5, 3),
    ("window", {"window": 30, "keep_missing": True}, Echo(lag=3), None, 2),
    ("window", {"window": 6}, CuedEcho(max_lag=4), None, 2),
    ("prefix", {}, Echo(length=7, lag=2), 7, 3),
    ("sequence", {}, Echo(length=7, lag=6), 1, 3),
    ("stream", {}, Echo(length=7, lag=1), 1, 3),
    ("whole", {}, Recite(length=6, first=3), 1, 4),
    ("whole", {}, Echo(length=6, lag=3), None, 2),
]


def test_every_row_of_the_table_is_checked():
    assert {kind for kind, *_ in CASES} == set(FRAMINGS)


@pytest.mark.parametrize(("kind", "settings", "task", "batch_size", "sequences"), CASES)
def test_contract(kind, settings, task, batch_size, sequences):
    framing = FRAMINGS[kind](**settings)
    check_framing(framing, task, batch_size=batch_size, sequences=sequences)

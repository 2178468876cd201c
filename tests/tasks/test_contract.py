from __future__ import annotations

import pytest

from echospan.tasks import TASKS
from echospan.testing import check_task

SETTINGS = {
    "echo": [
        {"symbols": 10, "lag": 3},
        {"symbols": 2, "length": 5, "lag": 0},
        {"symbols": 100, "lag": 24},
    ],
    "cued-echo": [{}, {"symbols": 4, "length": 9, "max_lag": 3}],
    "recite": [{"symbols": 10}, {"symbols": 3, "length": 4, "first": 4}],
    "series": [
        {"column": "regular", "lag": 2},
        {"column": "gaps", "length": 10, "lag": 0, "held_out": 0.5},
        {"column": "letters", "values": "categories"},
    ],
}
SETTINGS |= {
    "copy": [
        {"blank": 5},
        {"symbols": 3, "items": 2, "blank": 1, "scored": "all"},
    ],
    "selective-copy": [{"length": 20}, {"symbols": 3, "items": 4, "length": 4}],
    "temporal-order": [{"length": 20}, {"length": 10}],
    "noise-free-lag": [{"lag": 6}, {"lag": 2, "scored": "all"}],
    "recall": [{}, {"symbols": 8, "pairs": 3, "length": 12, "power": 1.0}],
    "continuous-echo": [{"lag": 3}, {"amplitude": 2.0, "length": 4, "lag": 0}],
    "adding": [{"length": 10}, {"length": 2}],
}
CASES = [(kind, settings) for kind, rows in SETTINGS.items() for settings in rows]


def test_every_row_of_the_table_is_checked():
    assert set(SETTINGS) == set(TASKS)


@pytest.fixture(scope="module")
def series(tmp_path_factory):
    """2,000 rows whose values have known, unequal frequencies."""
    path = tmp_path_factory.mktemp("series") / "mine.csv"
    rows = [
        f"{(t * 7) % 5},{'' if t % 6 == 2 else (t * t) % 4},{'abacab'[(t * t) % 6]}\n"
        for t in range(2000)
    ]
    path.write_text("regular,gaps,letters\n" + "".join(rows))
    return str(path)


@pytest.mark.parametrize(("kind", "settings"), CASES)
def test_contract(kind, settings, series):
    given = {"data": series, **settings} if kind == "series" else settings
    check_task(TASKS[kind](**given))

"""How pairs of sheets are counted, and that the page has the counts of the committed rows."""

import json
from typing import Any

import pytest

from studies.agreement.__main__ import HERE, MARK, PROTOCOLS, ROOT
from studies.agreement.pairs import pairs
from studies.agreement.table import complete, exact, overlap, same_span, summary, table


def side(
    span: int | None, low: int, high: int | None, at_least: int | None = None
) -> dict[str, Any]:
    status = "at_least" if span is None else "measured"
    return {
        "span": span, "at_least": span if span is not None else at_least, "status": status,
        "interval": [low, high],
    }  # fmt: skip


ROWS = {
    "quick-1/a": {"auto": side(5, 4, 6), "jax": side(5, 5, 7)},
    "quick-1/b": {"auto": side(5, 4, 6), "jax": side(7, 6, 8)},
    "quick-1/c": {"auto": side(None, 4, 6, 5), "jax": side(5, 4, 6)},
    "quick-1/d": {"auto": side(5, 4, 5), "jax": side(8, 7, 9)},
    "quick-1/half": {"auto": side(5, 4, 6)},
}


def test_only_the_same_statement_counts_as_the_same_span() -> None:
    assert complete(ROWS, "quick-1") == [f"quick-1/{name}" for name in "abcd"]
    assert [same_span(ROWS[f"quick-1/{name}"]) for name in "abcd"] == [True, False, False, False]
    assert [overlap(ROWS[f"quick-1/{name}"]) for name in "abcd"] == [True, True, True, False]


def test_the_interval_is_exact() -> None:
    # Clopper and Pearson's, from tables: 1 of 4, 12 of 12, 19 of 20, 0 of 5.
    assert exact(1, 4) == pytest.approx((0.0063, 0.8059), abs=1e-4)
    assert exact(12, 12) == pytest.approx((0.7354, 1.0), abs=1e-4)
    assert exact(19, 20) == pytest.approx((0.7513, 0.9987), abs=1e-4)
    assert exact(0, 5) == pytest.approx((0.0, 0.5218), abs=1e-4)


def test_an_interval_without_an_upper_end_overlaps_with_all_above() -> None:
    above = {"auto": side(5, 4, None), "jax": side(9, 8, 9)}
    assert overlap(above)
    assert not overlap({**above, "auto": side(5, 10, None)})
    text = table({"quick-1/a": above}, ["quick-1"])
    assert "| quick-1/a | 5 | 4 or more | 9 | 8 to 9 | no |" in text


def test_a_protocol_has_one_row_with_an_interval() -> None:
    assert summary(ROWS, "quick-1") == "| `quick-1` | 4 | 1 of 4 | 1 % to 81 % | 2 of 3 |"
    assert summary(ROWS, "standard-1") == "| `standard-1` | 0 | – | – | – |"
    assert "| quick-1/c | at least 5 | 4 to 6 | 5 | 4 to 6 | no |" in table(ROWS, PROTOCOLS)


def test_there_are_as_many_pairs_as_the_study_is_to_have() -> None:
    listed = [settings["protocol"] for _, settings in pairs()]
    assert listed.count("quick-1") >= 20
    assert listed.count("standard-1") >= 5
    assert len({name for name, _ in pairs()}) == len(listed)


def test_the_page_has_the_tables_of_the_committed_rows() -> None:
    rows = json.loads((HERE / "rows.json").read_text("utf-8"))
    assert set(rows) <= {name for name, _ in pairs()}
    page = (ROOT / "docs" / "agreement.md").read_text("utf-8")
    assert page.endswith(f"{MARK}\n\n{table(rows, PROTOCOLS)}")

"""The simulated executor does what others do, and the page has what was measured."""

import json
from pathlib import Path

import pytest

from echospan.store import Store
from studies.scaling import one, page
from studies.scaling.__main__ import MEASURED
from studies.scaling.ready import result_of

PAGE = Path(__file__).resolve().parents[2] / "docs" / "scaling.md"


def test_units_that_are_ready_go_through_driver_and_store(tmp_path: Path) -> None:
    pytest.importorskip("polars")
    found = one.measure(200, tmp_path)
    assert found["units"] == 200
    assert {"claim", "worker", "look", "enter", "table"} <= set(found["ms"])
    # A folder, its record, settings and result.
    assert found["entries"] >= 4
    with Store(tmp_path / "store") as store:
        runs = store.list()
        assert [run.state for run in runs] == ["finished"] * 200
        stored = store.get(runs[0].run_id)
        assert stored.load_result() == result_of(stored.config)


def test_the_page_has_the_measured_tables(tmp_path: Path) -> None:
    written = tmp_path / "page.md"
    written.write_text(PAGE.read_text("utf-8"), "utf-8")
    page.write(written, json.loads(MEASURED.read_text("utf-8")))
    assert written.read_text("utf-8") == PAGE.read_text("utf-8")

"""Sweeps of naps, by the pool: real workers, units that take no time."""

import json
import time

import pytest

from echospan.errors import ConfigError, EchospanError
from echospan.store import Store
from echospan.sweeps.api import sweep
from echospan.sweeps.progress import SweepObserver
from sweeps.helpers import check_store, ends, naps, swept, table
from sweeps.nap import NAME

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def done(tmp_path_factory):
    """A sweep of six naps: its store, its log, its result."""
    folder = tmp_path_factory.mktemp("sweep")
    log = folder / "log"
    return folder / "store", log, swept(naps(6, log), folder / "store")


def test_each_unit_is_a_run_of_its_own(done):
    store, log, result = done
    assert [row.values["square"] for row in result.rows] == [0, 1, 4, 9, 16, 25]
    assert (result.total, result.before, result.done, result.failed, result.left) == (6, 0, 6, 0, 0)
    with Store(store) as opened:
        listed = opened.list()
    assert {run.run_id for run in listed} == {row.run_id for row in result.rows}
    assert {run.parent for run in listed} == {None}
    check_store(store, log, 6)


def test_what_is_finished_is_not_done_again(done):
    store, log, result = done
    content = naps(8, log)
    again = swept(content, store)
    assert (again.before, again.done) == (6, 2)
    assert set(ends(log).values()) == {1}
    assert table(again)[:6] == table(result)


def test_nothing_is_left_beside_the_runs(done):
    store, _, _ = done
    assert not (store / ".sweeps").exists()
    assert not list((store / ".staging").iterdir())


def test_a_dry_run_does_nothing(tmp_path):
    log = tmp_path / "log"
    result = sweep(naps(3, log), store=tmp_path / "store", trust=True, dry_run=True)
    assert (result.total, result.done, result.left, result.rows) == (3, 0, 3, ())
    assert result.expected_seconds is None
    assert not (tmp_path / "store").exists()


def test_a_table_of_finished_units_counts(done, tmp_path):
    pytest.importorskip("polars")
    _, log, result = done
    kept = result.save(tmp_path / "t.parquet")
    content = naps(7, log)
    again = swept(content, tmp_path / "other", ready=kept)
    assert (again.before, again.done) == (6, 1)
    assert [row.values for row in again.rows[:6]] == [row.values for row in result.rows]
    csv = result.save(tmp_path / "t.csv")
    assert sweep(content, store=tmp_path / "no", trust=True, dry_run=True, ready=csv).before == 6


def test_failed_units_are_recorded_and_tried_again_only_when_asked(tmp_path):
    content = naps(0, tmp_path / "log")
    content["sweep"] = {"zip": {"number": [1, 2, 3], "action": ["ok", "fail", "ok"]}}
    result = swept(content, tmp_path / "store")
    assert [row.state for row in result.rows] == ["finished", "failed", "finished"]
    assert "this unit fails" in result.rows[1].error
    again = swept(content, tmp_path / "store")
    assert (again.before, again.failed, again.done) == (2, 1, 0)
    with Store(tmp_path / "store") as store:
        before = store.get(result.rows[1].run_id).summary.finished
    assert swept(content, tmp_path / "store", retry="failed").failed == 1
    with Store(tmp_path / "store") as store:
        assert store.get(result.rows[1].run_id).summary.finished != before


def test_stopping_keeps_where_units_stand(tmp_path):
    log = tmp_path / "log"
    content = naps(6, log, seconds=1.0)

    class Watch(SweepObserver):
        running = False

        def counts(self, counts):
            self.running = counts.running > 0

    watch, began = Watch(), []

    def stop():
        # Half a second after the first step.
        if log.exists() and not began:
            began.append(time.monotonic())
        return bool(began) and time.monotonic() - began[0] > 0.5

    first = swept(content, tmp_path / "store", observer=watch, stop=stop)
    assert first.stopped
    assert first.left > 0
    states = {row.state for row in first.rows}
    assert "running" not in states
    assert "interrupted" in states
    second = swept(content, tmp_path / "store")
    assert second.left == second.failed == 0
    steps = [line for line in log.read_text().splitlines() if "step" in line]
    # Gone on with, not begun anew: no step twice.
    assert len(steps) == len(set(steps)) == 6 * 50


def test_a_store_that_is_open_stays_open(tmp_path):
    with Store(tmp_path / "store") as store:
        assert swept(naps(2), store).done == 2
        assert len(store.list()) == 2


def test_progress_is_told(tmp_path):
    told = []

    class Watch(SweepObserver):
        def counts(self, counts):
            told.append(counts)

    swept(naps(4, seconds=0.3), tmp_path / "store", observer=Watch())
    assert told[-1].done == 4
    assert any(counts.running for counts in told)
    assert told[-1].left == 0


def test_an_executor_that_is_not_there_is_named(tmp_path):
    with pytest.raises(ConfigError, match="executor must be one of pool"):
        swept(naps(1), tmp_path / "store", executor="slum")
    content = {**naps(1), "executor": {"pool": {"threads": 2}}}
    with pytest.raises(ConfigError, match=r"executor\.pool\.threads"):
        swept(content, tmp_path / "store")
    with Store(tmp_path / "store") as store:
        assert store.list() == []


def test_workers_that_cannot_start_end_the_sweep(tmp_path, monkeypatch):
    monkeypatch.setattr("sys.path", [])
    with pytest.raises(EchospanError, match="before they were ready"):
        swept({"verb": NAME, "number": 1, "sweep": {"seed": [0]}}, tmp_path / "store")


def test_the_result_survives_json(done):
    from echospan.report.sweep_objects import SweepResult

    result = done[2]
    assert SweepResult.from_dict(json.loads(json.dumps(result.to_dict()))) == result

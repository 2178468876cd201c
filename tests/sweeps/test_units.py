"""Real units: what a sweep makes is what `run` and `span` make, bit for bit."""

import numpy as np
import pytest

from echospan.report.objects import Sheet
from echospan.store import Store
from echospan.sweeps.api import sweep

pytest.importorskip("jax")
pytest.importorskip("safetensors")
pytestmark = pytest.mark.slow

TINY = {
    "recipe": "stream",
    "task": {"symbols": 5, "length": 8},
    "model": {"units": 4},
    "training": {"sequences": 4, "batch_size": 4},
}
SWEEP = {"training.epochs": [3, 5], "seed": [0, 1]}


def weights(store: Store, run_id: str):
    return store.get(run_id).load_weights()


def test_a_unit_is_the_run_that_it_would_be_alone(tmp_path):
    from echospan.runner.api import run

    result = sweep({**TINY, "sweep": SWEEP}, store=tmp_path / "swept", workers=2)
    assert [row.state for row in result.rows] == ["finished"] * 4
    settings = {
        "task.symbols": 5, "task.length": 8, "model.units": 4, "training.sequences": 4,
        "training.batch_size": 4,
    }  # fmt: skip
    for row in result.rows[::3]:
        alone = run("stream", {**settings, **row.settings}, store=tmp_path / "alone")
        assert row.values["loss"] == alone.loss
        assert row.values["accuracy"] == alone.accuracy
        with Store(tmp_path / "swept") as one, Store(tmp_path / "alone") as other:
            assert one.get(row.run_id).summary.fingerprint == row.fingerprint
            mine, its = weights(one, row.run_id), weights(other, alone.run_id)
            assert mine.keys() == its.keys()
            assert all(np.array_equal(mine[name], its[name]) for name in mine)
            assert one.get(row.run_id).load_environment()["device"]
    # What `run` finished is found, too.
    again = sweep({**TINY, "sweep": SWEEP}, store=tmp_path / "alone", dry_run=True)
    assert (again.before, again.left) == (2, 2)
    assert again.expected_seconds is not None


def test_a_run_that_was_interrupted_is_gone_on_with_and_comes_to_the_same(tmp_path):
    training = {**TINY["training"], "epochs": 100_000}
    content = {**TINY, "training": training, "sweep": {"seed": [0]}}

    def begun():
        return bool(list((tmp_path / "store").glob("runs/*/environment.json")))

    first = sweep(content, store=tmp_path / "store", workers=1, stop=begun)
    assert [row.state for row in first.rows] == ["interrupted"]
    result = sweep(content, store=tmp_path / "store", workers=1)
    run_id = result.rows[0].run_id
    assert first.rows[0].run_id == run_id
    whole = sweep(content, store=tmp_path / "other", workers=1)
    assert result.rows[0].values["loss"] == whole.rows[0].values["loss"]
    with Store(tmp_path / "store") as one, Store(tmp_path / "other") as other:
        mine, its = weights(one, run_id), weights(other, whole.rows[0].run_id)
        assert all(np.array_equal(mine[name], its[name]) for name in mine)


def test_sheets_are_swept(tmp_path):
    content = {
        "verb": "span", "model": "last-value", "lags": [0, 1], "seeds": 1,
        "sweep": {"symbols": [4, 8]},
    }  # fmt: skip
    result = sweep(content, store=tmp_path, workers=2)
    assert [row.values["span"] for row in result.rows] == [0, 0]
    assert {row.values["verdict_code"] for row in result.rows} == {"limited-by-receptive-field"}
    with Store(tmp_path) as store:
        for row in result.rows:
            sheet = Sheet.from_dict(store.get(row.run_id, kind="span").load_result())
            assert sheet.symbols == row.settings["symbols"]
            assert store.get(row.run_id).summary.outcome == "span 0"
    assert sweep(content, store=tmp_path).done == 0


def test_checks_are_swept(tmp_path):
    content = {"verb": "check", "recipe": "mistake", "sweep": {"training.batch_size": [3, 6]}}
    result = sweep(content, store=tmp_path, workers=1)
    assert [row.state for row in result.rows] == ["finished"] * 2
    assert [row.values["ok"] for row in result.rows] == [False, False]
    assert all("state-row-mismatch" in row.values["codes"] for row in result.rows)
    with Store(tmp_path) as store:
        assert {run.kind for run in store.list()} == {"check"}
    assert sweep(content, store=tmp_path).done == 0

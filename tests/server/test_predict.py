"""Whole sequences over HTTP, beside `Trained.predict`."""

from __future__ import annotations

import numpy as np
import pytest

from echospan.serve import load
from echospan.server import Hub, make_app
from echospan.store import Store
from server.asgi import Asker


@pytest.mark.parametrize("which", [0, 1])
def test_sequences_are_predicted_as_offline(asker, store_folder, ids, which):
    generator = np.random.default_rng(3)
    sequences = [generator.integers(0, 5, length).tolist() for length in (1, 9, 4, 9)]
    told = asker.post(f"/runs/{ids[which]}/predict", {"sequences": sequences}).json
    with Store(store_folder) as store:
        trained = load(store.get(ids[which]))
    wanted = [trained.predict([str(v) for v in values]).predicted for values in sequences]
    assert [each["echoes"] for each in told["predictions"]] == wanted
    for each in told["predictions"]:
        shares = [share for share in each["confidences"] if share is not None]
        assert all(1 / 5 <= share <= 1 for share in shares)


def test_wrong_sequences(asker, ids):
    path = f"/runs/{ids[0]}/predict"
    asker.refused(422, "unknown-value", "POST", path, {"sequences": [[1], [1, 5]]})
    asker.refused(422, "wrong-form", "POST", path, {"sequences": [[1], []]})
    asker.refused(422, "wrong-form", "POST", path, {"sequences": []})
    told = asker.refused(413, "too-many-values", "POST", path, {"sequences": [[1] * 10_001]})
    assert "10,000" in told
    asker.refused(404, "no-run", "POST", "/runs/nothing/predict", {"sequences": [[1]]})


@pytest.mark.slow
@pytest.mark.parametrize("recipe", ["prefix", "encoder-decoder"])
def test_models_that_read_whole_sequences(tmp_path, recipe):
    from runner.helpers import run

    small = {"model.units": 4, "training.epochs": 1}
    if recipe == "prefix":
        small |= {"task.symbols": 5, "task.length": 6, "training.batch_size": 6}
    with Store(tmp_path / "runs") as store:
        stored = store.get(run(store, recipe, small, variants=False)["run_id"])
        hub = Hub()
        hub.add(stored)
        trained = load(stored)
    asker = Asker(make_app(hub))
    described = asker.get(f"/runs/{stored.id}").json
    assert (described["streams"], described["longest"]) == (False, 6)
    given = [[1, 2, 0, 3, 4, 1], [1, 2, 3]]
    told = asker.post(f"/runs/{stored.id}/predict", {"sequences": given}).json["predictions"]
    wanted = [trained.predict([str(v) for v in values]).predicted for values in given]
    assert [each["echoes"] for each in told] == wanted
    asker.refused(422, "too-long", "POST", f"/runs/{stored.id}/predict", {"sequences": [[0] * 7]})
    asker.refused(422, "whole-sequences", "POST", f"/runs/{stored.id}/sessions", {})
    hub.close()

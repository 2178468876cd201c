"""A study of several runs, killed before every step on disk: each run can be gone on with."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from echospan.recipe import find
from echospan.report.objects import RunResult
from echospan.runner import Session, resume, run_recipe
from echospan.runner.session import Job
from echospan.store import Store
from store.kills import check, in_memory, killed_at_each_step

SETTINGS = {"training.epochs": 2, "model.units": 4}


@pytest.fixture(scope="module")
def measured() -> Iterator[RunResult]:
    """A true result, for all runs: what is stored counts here, not what is in it."""
    with in_memory() as path, Store(path / "runs") as store:
        yield run_recipe(Session(store), find("stream"), SETTINGS, variants=False)[0]


@pytest.mark.slow
def test_a_kill_at_any_step_of_a_study(
    measured: RunResult, monkeypatch: pytest.MonkeyPatch
) -> None:
    def measure(self: Session, jobs: Iterable[Job]) -> Iterator[tuple[Job, Any]]:
        for job in jobs:
            job.run.save_environment({})
            job.run.save_checkpoint({"a": np.ones(3)}, {"epoch": 1})
            job.run.save_weights({"a": np.ones(3)})
            yield job, replace(measured, run_id=job.run.id)

    monkeypatch.setattr(Session, "measure", measure)
    shelved = find("stateless")
    recipe = shelved.model_copy(
        update={"variant_seeds": 1, "variants": shelved.variants[:2], "grid": None}
    )

    def go_on(store: Store, run_id: str) -> None:
        run = store.get(run_id)
        resume(Session(store), run)
        assert run.state == "finished"
        assert run.load_result()["run_id"] == run_id

    with in_memory() as folder:
        path = folder / "runs"
        copies = folder / "copies"
        with killed_at_each_step(path, copies, monkeypatch) as points, Store(path) as store:
            run_recipe(Session(store), recipe, SETTINGS, seeds=2)
        bad = []
        for number, point in enumerate(points):
            try:
                check(point.path, {}, resume=go_on)
            except Exception as error:
                bad.append(f"{number} before {point.step}: {error!r}"[:300])
    print(f"study: {len(points)} points")
    assert len(points) > 100
    assert bad == []

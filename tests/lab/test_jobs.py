"""Jobs: what their processes tell, waiting, stopping, and curves that stay small."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from echospan.errors import EchospanError
from echospan.lab.jobs import MOST_POINTS, Curve, Job, Jobs

SHORT = {
    "verb": "run",
    "recipe": "stream",
    "settings": {"task.symbols": 4, "task.length": 6, "model.units": 4, "training.epochs": 5},
}


def test_a_long_curve_gets_coarser_and_keeps_its_ends():
    curve = Curve("a")
    for epoch in range(1, 10_001):
        curve.add(epoch, {"loss": 1 / epoch})
    epochs = [epoch for epoch, _ in curve.points]
    assert len(epochs) <= MOST_POINTS
    assert epochs[0] == 1
    assert epochs[-1] == curve.done == 10_000
    assert epochs == sorted(set(epochs))


def test_a_job_takes_what_its_process_tells():
    job = Job(1, {"verb": "run"}, "running")
    for told in (
        {"event": "run", "run_id": "a"},
        {"event": "begin", "label": "x", "epochs": 10, "done": 0},
        {"event": "progress", "label": "x", "epoch": 5, "logs": {"loss": 0.5}},
    ):
        job.heard(told)
    assert (job.run_id, job.share, job.version) == ("a", 0.5, 3)
    job.heard({"event": "stopped", "run_ids": []})
    assert (job.state, job.run_id, job.busy) == ("stopped", "a", False)


def test_an_unknown_job_is_one_sentence(tmp_path: Path):
    with pytest.raises(EchospanError, match="no job 7"):
        Jobs(tmp_path).get(7)


def test_the_third_job_waits_and_can_be_taken_back(tmp_path: Path, monkeypatch):
    async def never(self: Jobs, job: Job) -> None:
        job.state = "running"
        await asyncio.sleep(60)

    monkeypatch.setattr(Jobs, "_do", never)

    async def go() -> None:
        jobs = Jobs(tmp_path)
        made = [jobs.start(SHORT) for _ in range(3)]
        await asyncio.sleep(0)
        assert [job.state for job in made] == ["running", "running", "waiting"]
        jobs.stop(3)
        assert made[2].state == "stopped"
        for task in jobs._running:
            task.cancel()

    asyncio.run(go())


@pytest.mark.slow
def test_a_job_trains_an_ordinary_run(tmp_path: Path):
    from echospan.store import Store

    async def go() -> Job:
        jobs = Jobs(tmp_path)
        job = jobs.start(SHORT)
        while job.busy:
            await asyncio.sleep(0.1)
        await jobs.close()
        return job

    job = asyncio.run(go())
    assert job.state == "finished", job.text
    assert [curve.done for curve in job.curves.values()] == [5]
    with Store(tmp_path) as store:
        run = store.get(str(job.run_id))
        assert run.state == "finished"
        assert run.config["training"]["epochs"] == 5


@pytest.mark.slow
def test_a_stopped_job_is_resumed(tmp_path: Path):
    from echospan.store import Store

    long = {**SHORT, "settings": {**SHORT["settings"], "training.epochs": 60_000}}

    async def go() -> tuple[Job, Job]:
        jobs = Jobs(tmp_path)
        job = jobs.start(long)
        while job.busy and not job.share:
            await asyncio.sleep(0.1)
        jobs.stop(job.number)
        while job.busy:
            await asyncio.sleep(0.1)
        again = jobs.start({**long, "resume": job.run_id})
        while again.busy:
            await asyncio.sleep(0.1)
        await jobs.close()
        return job, again

    job, again = asyncio.run(go())
    assert job.state == "stopped", job.text
    assert again.state == "finished", again.text
    assert again.run_id == job.run_id
    with Store(tmp_path) as store:
        assert [one.run_id for one in store.list(kind="run")] == [job.run_id]


@pytest.mark.slow
def test_closing_the_lab_keeps_what_was_trained(tmp_path: Path):
    from echospan.store import Store

    long = {**SHORT, "settings": {**SHORT["settings"], "training.epochs": 1_000_000}}

    async def go() -> Job:
        jobs = Jobs(tmp_path)
        job = jobs.start(long)
        while job.busy and not job.share:
            await asyncio.sleep(0.1)
        await jobs.close()
        return job

    job = asyncio.run(go())
    assert job.state == "stopped"
    with Store(tmp_path) as store:
        assert store.get(str(job.run_id)).state == "interrupted"

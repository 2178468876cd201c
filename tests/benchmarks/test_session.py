from __future__ import annotations

from pathlib import Path

import pytest

from benchmark_helpers import ANSWERS, starter
from benchmarks import session, suite
from benchmarks.contenders import choose as choose_peers
from benchmarks.jobs import JOBS
from benchmarks.record import Record
from benchmarks.session import Settings, measure
from echospan.errors import DataError

JOB = JOBS["echo-10k"]


def settings(**more: object) -> Settings:
    told: list[str] = []
    return Settings(
        Path("envs"), choose_peers(["torch", "flax"]), repeats=2, say=told.append, **more
    )  # type: ignore[arg-type]


@pytest.fixture
def contenders(monkeypatch):
    def use(**special):
        monkeypatch.setattr(session, "start", starter(special))

    return use


def test_every_contender_is_measured_in_every_repeat(contenders):
    contenders(torch={**ANSWERS, "train": {"seconds": 1.5, "losses": [[1, 2.0]]}})
    *_, last = measure(JOB, settings())
    # Warming up, two epochs took 0.5 and 1.5 s; a timed run is to last about one second.
    assert [(m.key, m.seconds, m.epochs) for m in last.measured] == [
        ("echospan", [0.125, 0.125], 4),
        ("torch", [1.5, 1.5], 1),
        ("flax", [0.125, 0.125], 4),
    ]
    assert last.ratios("torch", "echospan") == [12.0, 12.0]
    assert last.measured[1].memory == 100.0
    assert last.measured[1].about["versions"] == {"library": "1.0"}
    assert last.limit is not None
    assert last.limit.seconds == 0.001


def test_a_peer_that_fails_is_shown_and_loses_nothing_of_the_rest(contenders):
    contenders(torch={**ANSWERS, "train": {"error": "MemoryError: too large"}}, flax=None)
    asked = settings()
    *_, last = measure(JOB, asked)
    assert [(m.failure, len(m.seconds)) for m in last.measured] == [
        ("", 2),
        ("MemoryError: too large", 0),
        ("needs torch", 0),
    ]


def test_peers_can_be_compared_where_echospan_itself_fails(contenders):
    contenders(echospan=None)
    *_, last = measure(JOB, settings())
    assert [len(m.seconds) for m in last.measured] == [0, 2, 2]


def test_epochs_come_in_multiples_that_the_contender_can_do(contenders):
    contenders(torch={**ANSWERS, "start": {**ANSWERS["start"], "multiple": 10}})
    *_, last = measure(JOB, settings())
    assert last.of("torch").epochs == 40


def test_a_job_that_is_late_begins_no_further_repeat(contenders):
    contenders()
    found = list(measure(JOB, settings(limit=0.0)))
    assert len(found) == 1
    assert found[0].asked == 2


def test_ctrl_c_keeps_what_was_measured_and_resume_goes_on(contenders, tmp_path, monkeypatch):
    contenders()
    path = tmp_path / "results.json"
    begun = []

    def one_repeat(job, asked):
        begun.append(job.name)
        found = measure(job, asked)
        yield next(found)
        if begun == ["echo-10k", "echo-1k"]:
            raise KeyboardInterrupt
        yield from found

    monkeypatch.setitem(suite.KINDS, "train", one_repeat)
    jobs = [JOBS["echo-10k"], JOBS["echo-1k"], JOBS["batch-1"]]
    with pytest.raises(KeyboardInterrupt):
        suite.run(jobs, settings(), Record(), path)
    kept = Record.load(path)
    assert {name: len(r.measured[0].seconds) for name, r in kept.results.items()} == {
        "echo-10k": 2,
        "echo-1k": 1,
    }
    begun.clear()
    assert suite.run(jobs, settings(), kept, path)
    assert begun == ["echo-1k", "batch-1"]
    assert list(Record.load(path).results) == ["echo-10k", "echo-1k", "batch-1"]


@pytest.mark.parametrize("content", ["", "[]", '{"version": 0}', '{"version": 1}'])
def test_a_file_that_is_no_record_is_refused(tmp_path, content):
    path = tmp_path / "results.json"
    path.write_text(content)
    with pytest.raises(DataError, match="Leave --resume out"):
        Record.load(path)


def test_a_record_of_another_machine_is_not_gone_on_with(tmp_path):
    path = tmp_path / "bench.json"
    Record().save(path)
    assert Record.resume(path).results == {}
    other = Record()
    other.machine["cpu"] = "Another processor"
    other.save(path)
    with pytest.raises(DataError, match="another machine: its cpu is Another processor"):
        Record.resume(path)

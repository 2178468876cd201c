from __future__ import annotations

import json

import pytest

from benchmark_helpers import starter
from benchmarks import session, suite
from benchmarks.__main__ import app
from benchmarks.jobs import JOBS
from cli.helpers import Shell


@pytest.fixture
def shell(capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "100")
    return Shell(capsys, app)


@pytest.fixture
def contenders(monkeypatch, tmp_path):
    """All contenders answer at once; what is kept lies in a folder of the test's own."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(session, "start", starter({"keras-jax": None}))


def test_an_unknown_job_or_peer_is_bad_input(shell):
    error = shell.refused("--jobs", "windoww")
    assert error.startswith("error: --jobs must be made of window, echo-10k, gru-10k")
    assert "got 'windoww'" in error
    assert "--peers must be made of" in shell.refused("--peers", "torch,tf")


def test_jobs_and_peers_are_listed(shell):
    found = shell("--list", "--json").json
    assert [job["name"] for job in found["jobs"]] == list(JOBS)
    assert "keras-tensorflow" in [peer["name"] for peer in found["peers"]]
    assert "window" in shell("--list").out


def test_the_table_and_what_was_not_measured(shell, contenders):
    said = shell("--jobs", "echo-1k,batch-1", "--peers", "torch,keras-jax", "--quick")
    assert said.code == 0
    assert said.out.count("PyTorch loop") == 2
    assert "echo-1k: Keras fit on JAX was not measured: needs torch" in said.out
    assert "[2/2] batch-1" in said.err


def test_json_is_one_object(shell, contenders):
    found = shell("--jobs", "echo-1k", "--peers", "torch", "--repeats", "1", "--json").json
    (job,) = found["jobs"]
    assert job["job"] == "echo-1k"
    assert [side["key"] for side in job["measured"]] == ["echospan", "torch"]


def test_what_was_measured_is_written_and_resumed(shell, contenders, tmp_path):
    command = ("--jobs", "echo-1k", "--peers", "torch", "--repeats", "1")
    folder = tmp_path / "written"
    assert shell(*command, "--write", folder).code == 0
    assert "PyTorch loop" in (folder / "RESULTS.md").read_text()
    assert json.loads((folder / "results.json").read_text())["jobs"]
    assert "echo-1k: measured before" in shell(*command, "--write", folder, "--resume").err


def test_ctrl_c_shows_what_was_measured(shell, contenders, monkeypatch):
    def interrupted(job, settings):
        yield next(session.measure(job, settings))
        raise KeyboardInterrupt

    monkeypatch.setitem(suite.KINDS, "train", interrupted)
    said = shell("--jobs", "echo-1k,batch-1", "--peers", "torch")
    assert said.code == 130
    assert "PyTorch loop" in said.out
    assert "batch-1" not in said.out
    assert "with --resume" in said.err


@pytest.mark.slow
def test_echospan_beside_keras_for_real(shell, monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    command = ("--jobs", "window", "--peers", "keras-jax", "--repeats", "1", "--quick")
    found = shell(*command, "--json").json
    ours, theirs = found["jobs"][0]["measured"]
    assert not ours["failure"]
    assert not theirs["failure"]
    assert ours["about"]["parameters"] == theirs["about"]["parameters"] == 35_300
    assert len(ours["seconds"]) == len(theirs["seconds"]) == 1
    assert found["jobs"][0]["limit"]["products"]["recurrent, forward"] > 0

from __future__ import annotations

import json
from types import ModuleType

import pytest

from benchmarks import gpu as script
from benchmarks.result import Spread


@pytest.fixture
def gpu(monkeypatch) -> ModuleType:
    # It sets these for the processes that it starts.
    monkeypatch.setenv("XLA_PYTHON_CLIENT_PREALLOCATE", "false")
    monkeypatch.setenv("JAX_PLATFORMS", "cpu")
    return script


def test_without_a_gpu_every_row_says_not_measured(gpu, capsys, monkeypatch):
    monkeypatch.setattr(gpu, "device", lambda: ("cpu", "cpu"))
    assert gpu.main(["--runs", "1,4096", "--jobs", "window"]) == 0
    said = capsys.readouterr().out
    assert "JAX sees no GPU here" in said
    assert said.count("not measured") == 3 + 2


def test_the_table_names_the_device(gpu):
    row = {"runs": 4096, "updates_per_second": Spread(1e6, 2e6, 3e6), "failure": ""}
    said = gpu.text("Measured on a day, NVIDIA H100.", [], [row])
    assert "NVIDIA H100" in said
    assert "| 4,096               | 2,000,000 [1,000,000, 3,000,000]    |" in said


@pytest.mark.parametrize(
    "wrong",
    [["--runs", "many"], ["--runs", "0"], ["--jobs", "process"], ["--cpu", "--write", "GPU.md"]],
)
def test_bad_input_is_refused(gpu, capsys, wrong):
    with pytest.raises(SystemExit) as leaving:
        gpu.main(wrong)
    assert leaving.value.code == 2
    assert " must be " in capsys.readouterr().err


@pytest.mark.slow
def test_it_runs_from_end_to_end_on_a_cpu(gpu, capsys, tmp_path):
    small = ["--cpu", "--runs", "3", "--jobs", "window", "--epochs", "2", "--repeats", "1"]
    assert gpu.main([*small, "--json", "--envs", str(tmp_path)]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["device"] == "the CPU"
    assert found["single"][0]["ours_ms"][1] > 0
    assert [row["failure"] for row in found["many"]] == [""]
    assert all(row["updates_per_second"][1] > 0 for row in found["many"])

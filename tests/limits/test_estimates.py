"""What would not fit is refused before it starts, and nothing else is."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from echospan.adapters.resolve import resolve_model
from echospan.engine.estimate import estimate, require_room
from echospan.errors import ConfigError, OutOfMemory
from echospan.framings import FRAMINGS, Framing
from echospan.limits import available_memory, given_consent, memory, require_memory
from echospan.memory_tasks.choose import memory_task_of
from echospan.recipe import SHELF, find
from echospan.tasks import Echo

GIB = 1 << 30


def test_memory_is_asked_for_and_consent_goes_on(monkeypatch):
    monkeypatch.setattr(memory, "available_memory", lambda: GIB)
    require_memory(GIB // 2, "A job")
    with pytest.raises(
        OutOfMemory, match=r"^A job needs about 2.15 GB of memory; 1.07 GB are free"
    ):
        require_memory(2 * GIB, "A job")
    with given_consent(True):
        require_memory(2 * GIB, "A job")


def test_containers_and_limits_of_the_process_count(tmp_path, monkeypatch):
    group = tmp_path / "a" / "b"
    group.mkdir(parents=True)
    (tmp_path / "memory.max").write_text("max\n")
    (tmp_path / "a" / "memory.max").write_text("1000000\n")
    (tmp_path / "a" / "memory.current").write_text("900000\n")
    (tmp_path / "a" / "memory.stat").write_text("anon 1\ninactive_file 50000\n")
    left = list(memory._of_group(tmp_path, "/a/b", "memory.max", "memory.current"))
    assert left == [150_000]
    monkeypatch.setattr(memory, "_of_groups", lambda: iter(left))
    assert available_memory() == 150_000


@pytest.mark.parametrize("name", [name for name in SHELF.ORDER if name not in ("csv",)])
def test_every_recipe_has_room(name):
    expected = estimate(find(name).settle(), runs=3)
    assert expected.memory < GIB
    assert expected.seconds < 60


USED = """
import json, sys, tempfile
from pathlib import Path
from echospan.engine.estimate import estimate
from echospan.recipe import find
from echospan.runner import Session, run_recipe
from echospan.store import Store

def run(settings):
    with Store(tempfile.mkdtemp(dir=sys.argv[2]) + "/runs") as store:
        run_recipe(Session(store), find("stream"), settings, variants=False)
    # Of this program alone: what getrusage tells begins with the largest of who started it.
    status = Path("/proc/self/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) << 10

settings = json.loads(sys.argv[1])
before = run({"model.units": 4, "training.epochs": 1, "task.symbols": 4, "task.length": 6})
print(estimate(find("stream").settle(settings)).memory, run(settings) - before)
"""


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="asks /proc")
@pytest.mark.parametrize(
    "settings",
    [
        {"model.units": 600, "task.symbols": 20},
        {"model.units": 8, "task.length": 50, "evaluation.sequences": 40_000},
        {"model.units": 32, "task.symbols": 20_000, "training.sequences": 64},
    ],
)
def test_an_estimate_is_near_what_a_run_uses(tmp_path, settings):
    settings = json.dumps({**settings, "training.epochs": 1})
    command = [sys.executable, "-c", USED, settings, str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    expected, used = map(int, done.stdout.split())
    assert used / 3 < expected < 4 * used


@pytest.mark.parametrize(
    "settings",
    [
        {"model.units": 100_000},
        {"task.length": 1_000_000, "framing.kind": "prefix"},
        {"task.length": 1_000_000, "framing.kind": "window", "framing.window": 500_000},
        {"training.sequences": 1_000_000, "task.length": 1_000_000},
        {"evaluation.sequences": 1_000_000, "task.length": 1_000_000},
        {"task.symbols": 10_000_000, "model.units": 50_000},
    ],
)
def test_what_no_machine_has_is_refused_unless_consented(settings):
    experiment = find("stream").settle(settings)
    with pytest.raises(OutOfMemory, match=r"needs about .*B of memory; .* are free\. --yes"):
        require_room(experiment)
    with given_consent(True):
        require_room(experiment)


def test_a_time_that_is_absurd_is_refused():
    settings = {"training.epochs": 10_000_000, "training.sequences": 100_000, "model.units": 4_000}
    with pytest.raises((ConfigError, OutOfMemory), match=r"training.epochs must be|needs about"):
        require_room(find("stream").settle(settings))


@pytest.mark.parametrize("kind", FRAMINGS)
def test_a_framing_gives_no_more_than_it_says(kind):
    framing: Framing = FRAMINGS[kind]()
    task = Echo(symbols=4, length=12, lag=2)
    samples, steps = framing.size(task)
    cut = framing.samples(task).inputs
    assert cut.shape[0] <= samples
    assert cut.shape[1] <= steps


def test_a_span_of_a_giant_is_refused_before_it_is_built():
    with pytest.raises(OutOfMemory, match=r"A lstm model of about 4.* numbers needs about"):
        resolve_model("lstm", memory_task_of("echo"), units=100_000)

"""One sweep on three engines: equal results, and nothing lost or doubled when something dies.

A Slurm and a Ray cluster of two nodes each are started on this machine. The reason of a skip says
what is missing.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from echospan.store import Store
from sweeps.clusters.driving import Drive, finished, stamps, table, weights
from sweeps.clusters.keeper import NoCluster

pytestmark = pytest.mark.slow

Told = Callable[[str, object], None]

UNITS = 8
CONTENT: dict[str, Any] = {
    "recipe": "window",
    "task": {"symbols": 5, "length": 10},
    "framing": {"window": 3},
    "model": {"units": 12},
    "training": {"batch_size": 7, "learning_rate": 0.02},
    "sweep": {"training.epochs": [1500, 2000], "seed": [0, 1, 2, 3]},
}


@dataclass
class Engine:
    """A running cluster, and how a driver uses it."""

    name: str
    cluster: Any

    def drive(
        self, store: Path, content: dict[str, Any] = CONTENT, time_limit: float | None = None
    ) -> Drive:
        options = {"address": self.cluster.address} if self.name == "ray" else {"time": 10}
        content = {**content, "executor": {self.name: options}}
        return Drive(content, store, self.name, self.cluster.environment, time_limit)


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any]]:
    """The sweep by the pool: its store and its result."""
    store = tmp_path_factory.mktemp("pool") / "runs"
    result = Drive(CONTENT, store).result()
    assert result["done"] == UNITS
    return store, result


@pytest.fixture(scope="module", params=["slurm", "ray"])
def engine(request: pytest.FixtureRequest) -> Iterator[Engine]:
    """Both engines, one after the other; the last test of each kills a node of it."""
    with ExitStack() as stack:
        try:
            yield Engine(request.param, stack.enter_context(_cluster(request.param)))
        except NoCluster as reason:
            pytest.skip(str(reason))


def _cluster(name: str) -> Any:
    if name == "slurm":
        pytest.importorskip("submitit")
        from sweeps.clusters.slurm import slurm_cluster

        return slurm_cluster()
    from sweeps.clusters.ray import ray_cluster

    return ray_cluster()


def test_results_are_equal_bit_for_bit(
    engine: Engine, undisturbed: tuple[Path, dict[str, Any]], tmp_path: Path
) -> None:
    pool, expected = undisturbed
    result = engine.drive(tmp_path / "runs").result()
    assert (result["done"], result["failed"]) == (UNITS, 0)
    assert table(result) == table(expected)
    assert weights(tmp_path / "runs", result) == weights(pool, expected)


def test_a_driver_killed_and_started_again_loses_and_doubles_nothing(
    engine: Engine, undisturbed: tuple[Path, dict[str, Any]], tmp_path: Path, told: Told
) -> None:
    store = tmp_path / "runs"
    first = engine.drive(store)
    first.wait_for_finished(1)
    first.kill()
    kept = stamps(store)
    assert 1 <= len(kept) < UNITS
    began = time.monotonic()
    result = engine.drive(store).result()
    told("seconds", round(time.monotonic() - began, 1))
    assert result["before"] + result["done"] == UNITS
    _whole(store, result, undisturbed[1], kept, told)


def test_a_unit_that_takes_too_long_is_ended_alone(engine: Engine, tmp_path: Path) -> None:
    # One of the three trains for hours.
    swept = {"training.epochs": [10_000_000, 20], "seed": [0, 1]}
    swept_alone = {"training.epochs": 10_000_000, "seed": 1}
    content = {**CONTENT, "sweep": {**swept, "exclude": [swept_alone]}}
    result = engine.drive(tmp_path / "runs", content, time_limit=8.0).result()
    assert [row["state"] for row in result["rows"]] == ["failed", "finished", "finished"]
    assert "longer than the limit of 8 s" in result["rows"][0]["error"]


def test_a_node_killed_in_the_middle_loses_and_doubles_nothing(
    engine: Engine, undisturbed: tuple[Path, dict[str, Any]], tmp_path: Path, told: Told
) -> None:
    store = tmp_path / "runs"
    drive = engine.drive(store)
    drive.wait_for_finished(1)
    engine.cluster.kill("n2")
    kept = stamps(store)
    assert finished(store) < UNITS
    began = time.monotonic()
    result = drive.result()
    told("seconds", round(time.monotonic() - began, 1))
    _whole(store, result, undisturbed[1], kept, told)


FAULTS = {
    "test_a_driver_killed_and_started_again_loses_and_doubles_nothing": (
        "kill -9 of the driver, units on {}"
    ),
    "test_a_node_killed_in_the_middle_loses_and_doubles_nothing": "a node of {} killed",
}
"""What the table in docs/reliability.md calls each."""


@pytest.fixture
def told(engine: Engine, request: pytest.FixtureRequest, record_property: Told) -> Told:
    """Told to `make sweep-faults`: what the fault of the test costs."""
    name = FAULTS[request.node.originalname]
    record_property("fault", name.format(engine.name.capitalize()))
    return record_property


def _whole(
    store: Path, result: dict[str, Any], expected: dict[str, Any], kept: dict[str, int], told: Told
) -> None:
    """Every unit is there once, what had finished was not touched, and the table is as it was."""
    with Store(store, create=False) as opened:
        fingerprints = [record.fingerprint for record in opened.list()]
        rebuilt = opened.rebuild_index()
    lost = len(kept.items() - stamps(store).items())
    doubled = len(fingerprints) - len(set(fingerprints))
    told("lost", lost)
    told("doubled", doubled)
    assert (lost, doubled) == (0, 0)
    assert len(fingerprints) == rebuilt.indexed == UNITS
    assert not rebuilt.skipped
    assert table(result) == table(expected)

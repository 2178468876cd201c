"""Options of `sweep` for its executor."""

from __future__ import annotations

import pytest

from echospan.cli.sweep_engine import engine_options
from echospan.errors import ConfigError


def test_pairs_with_commas_between_and_within_them() -> None:
    given = ["partition=short,long,time=60", "cpus-per-task=4"]
    assert engine_options("slurm", given, None, None) == {
        "partition": "short,long",
        "time": "60",
        "cpus_per_task": "4",
    }


def test_the_address_is_an_option_of_ray() -> None:
    found = engine_options("ray", None, ["gpus_per_task=0.25"], "head:6379")
    assert found == {"gpus_per_task": "0.25", "address": "head:6379"}
    assert engine_options("pool", None, None, None) == {}


@pytest.mark.parametrize(
    ("executor", "slurm", "ray", "address", "says"),
    [
        ("pool", ["time=1"], None, None, "--slurm must be left out without --executor slurm"),
        ("slurm", None, ["retries=1"], None, "--ray must be left out without --executor ray"),
        ("slurm", None, None, "a:1", "--address must be left out without --executor ray"),
        ("slurm", ["short"], None, None, "--slurm must be of the form NAME=VALUE"),
    ],
)
def test_others_are_refused(
    executor: str, slurm: list[str], ray: list[str], address: str, says: str
) -> None:
    with pytest.raises(ConfigError, match=says):
        engine_options(executor, slurm, ray, address)

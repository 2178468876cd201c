"""Options of `sweep` that say what its executor asks its engine for."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from echospan.errors import ConfigError

ExecutorOption = Annotated[
    str,
    typer.Option(
        help="What does the work: pool (processes on this machine), slurm (jobs) or ray (tasks of "
        "a cluster)."
    ),
]
SlurmOption = Annotated[
    list[str] | None,
    typer.Option(
        "--slurm",
        metavar="NAME=VALUE,...",
        help="What a job asks Slurm for: partition=short,time=60,cpus_per_task=4; repeatable.",
    ),
]
RayOption = Annotated[
    list[str] | None,
    typer.Option(
        "--ray",
        metavar="NAME=VALUE,...",
        help="What a task takes of Ray: cpus_per_task=2,gpus_per_task=0.25; repeatable.",
    ),
]
AddressOption = Annotated[
    str | None,
    typer.Option(metavar="HOST:PORT", help="Ray's head. Default: the variable RAY_ADDRESS."),
]


def engine_options(
    executor: str, slurm: list[str] | None, ray: list[str] | None, address: str | None
) -> dict[str, Any]:
    """The options of the executor that was asked for.

    Raises:
        ConfigError: One is not of the form NAME=VALUE, or is of another executor.
    """
    given = {"slurm": ("--slurm", slurm), "ray": ("--ray", ray)}
    for name, (option, value) in given.items():
        if value and executor != name:
            raise ConfigError(option, f"left out without --executor {name}", ",".join(value))
    if address is not None and executor != "ray":
        raise ConfigError("--address", "left out without --executor ray", address)
    option, values = given.get(executor, ("", None))
    found = _pairs(option, values or [])
    return found if address is None else {**found, "address": address}


def _pairs(option: str, values: list[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for value in values:
        last = ""
        for part in value.split(","):
            name, equals, content = part.partition("=")
            if equals:
                last = name.strip().replace("-", "_")
                found[last] = content.strip()
            elif last:
                # A value with a comma in it: partition=short,long
                found[last] += f",{part.strip()}"
            else:
                raise ConfigError(option, "of the form NAME=VALUE,NAME=VALUE", value)
    return found

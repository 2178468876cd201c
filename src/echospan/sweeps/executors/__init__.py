"""What starts the work of a sweep, by the names that ``--executor`` takes."""

from __future__ import annotations

from importlib import import_module

from echospan.errors import unknown
from echospan.sweeps.executors.base import Executor, Place

EXECUTORS = {
    "pool": "echospan.sweeps.executors.pool:Pool",
    "slurm": "echospan.sweeps.executors.slurm:Slurm",
    "ray": "echospan.sweeps.executors.ray:Ray",
}
"""Name to ``module:class``. A module is imported when its executor is asked for."""

DEFAULT = "pool"


def require_known(name: str) -> None:
    """Let the name of an executor pass.

    Raises:
        ConfigError: There is none of that name.
    """
    if name not in EXECUTORS:
        raise unknown("executor", EXECUTORS, name)


def start(name: str, place: Place) -> Executor:
    """The executor called `name`, started.

    Raises:
        ConfigError: There is none of that name, or its engine is not there.
        MissingExtra: Its library is not installed.
    """
    require_known(name)
    module, _, kind = EXECUTORS[name].partition(":")
    made: Executor = getattr(import_module(module), kind)(place)
    return made

"""The table ``[executor.slurm]``: what a job asks Slurm for."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from echospan.errors import ConfigError, unknown

FIELD = "executor.slurm"

NOTICE_SECONDS = 60
"""Before the end of its time a job is asked to keep where it stands."""

DURATION = re.compile(r"(?:(?P<days>\d+)-)?(?P<parts>\d+(?::\d+){0,2})$")


@dataclass(frozen=True)
class SlurmOptions:
    """What each job asks for; the names are sbatch's.

    Attributes:
        partition: Where; left out, Slurm's default.
        time: Minutes of one job, which does a pack of units, or Slurm's own "HH:MM:SS" and "D-HH".
        cpus_per_task: Cores, and threads that a worker computes in.
        mem: Memory, such as "4GB"; left out, the partition's default.
        account, qos, constraint, exclude, nodelist, gres: As for sbatch.
        gpus_per_node: Whole GPUs. Slurm shares one among jobs by ``gres`` only (shards, MIG).
        array_parallelism: Jobs of one array that run at once, at most.
        setup: Lines of shell that a job begins with, such as "module load cuda".
    """

    partition: str | None = None
    time: int = 60
    cpus_per_task: int = 1
    mem: str | None = None
    account: str | None = None
    qos: str | None = None
    constraint: str | None = None
    exclude: str | None = None
    nodelist: str | None = None
    gres: str | None = None
    gpus_per_node: int | None = None
    array_parallelism: int = 256
    setup: tuple[str, ...] = ()

    @classmethod
    def read(cls, options: Mapping[str, Any]) -> SlurmOptions:
        """From the sweep's file or the command line, where all values are text.

        Raises:
            ConfigError: A name or a value that there isn't.
        """
        known = {each.name: each for each in fields(cls)}
        values: dict[str, Any] = {}
        for name, given in options.items():
            if name not in known:
                raise unknown(f"an option of {FIELD}", known, name)
            if name == "time":
                values[name] = minutes(given)
            elif name == "setup":
                values[name] = _lines(given)
            elif "int" in str(known[name].type):
                values[name] = _whole(name, given)
            else:
                values[name] = _text(name, given)
        return cls(**values)

    def sbatch(self) -> dict[str, Any]:
        """The arguments of submitit that say the same."""
        given = {each.name: getattr(self, each.name) for each in fields(self)}
        given.pop("setup")
        kept = {name: value for name, value in given.items() if value is not None}
        # By itself submitit ends a job by an exception in the middle of its work, and Slurm starts
        # one anew whose node failed. A SIGTERM lets a unit keep its checkpoint, and the driver
        # hands in what is missing.
        ours = {"signal": f"TERM@{NOTICE_SECONDS}", "no-requeue": True}
        return {**kept, "additional_parameters": ours, "stderr_to_stdout": False}


def minutes(given: object) -> int:
    """Minutes, from a number of them or from text as sbatch takes it, rounded up.

    Raises:
        ConfigError: It is neither.
    """
    allowed = 'a number of minutes of at least 2, or text such as "02:30:00" or "1-12"'
    match = None if isinstance(given, bool) else DURATION.match(str(given))
    if match is None:
        raise ConfigError(f"{FIELD}.time", allowed, given)
    parts = [int(part) for part in match["parts"].split(":")]
    if match["days"] is not None:
        hours, mins, seconds = [*parts, 0, 0][:3]
        seconds += int(match["days"]) * 86_400 + hours * 3600 + mins * 60
    elif len(parts) == 3:
        seconds = parts[0] * 3600 + parts[1] * 60 + parts[2]
    else:
        seconds = parts[0] * 60 + (parts[1] if len(parts) == 2 else 0)
    # The notice comes a minute before the end.
    if seconds < 2 * NOTICE_SECONDS:
        raise ConfigError(f"{FIELD}.time", allowed, given)
    return -(-seconds // 60)


def _whole(name: str, given: object) -> int:
    try:
        value = int(str(given))
    except ValueError:
        value = 0
    if value < 1 or isinstance(given, bool | float):
        raise ConfigError(f"{FIELD}.{name}", "an integer of at least 1", given)
    return value


def _text(name: str, given: object) -> str:
    # A line break would be a line of the job's script.
    if isinstance(given, bool) or not isinstance(given, str | int):
        raise ConfigError(f"{FIELD}.{name}", "text", given)
    if not str(given).strip() or not str(given).isprintable():
        raise ConfigError(f"{FIELD}.{name}", "text on one line", given)
    return str(given)


def _lines(given: object) -> tuple[str, ...]:
    lines = [given] if isinstance(given, str) else given
    if not isinstance(lines, list | tuple) or not all(isinstance(each, str) for each in lines):
        raise ConfigError(f"{FIELD}.setup", "a line of shell or a list of lines", given)
    return tuple(lines)

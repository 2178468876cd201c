"""Choose the memory task that a name, a table of settings or a task object stands for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from echospan.errors import ConfigError, unknown
from echospan.memory_tasks.base import MemoryTask
from echospan.memory_tasks.distance_task import DistanceTask
from echospan.memory_tasks.echo import LARGEST, EchoTask, Lengths
from echospan.spec import choose
from echospan.tasks import TASKS, Echo, Task

# A series is the user's own data, and `recite` writes its answer after the end.
WITHOUT_DISTANCE = ("series", "recite")
"""Tasks that don't exist at any distance, with an answer at the step that needs it."""

NAMES = tuple(name for name in TASKS if name not in WITHOUT_DISTANCE)
"""The built-in tasks that do."""

SYMBOLS, MOST_SYMBOLS = 10, 10_000
"""Symbols of the echo task by default, and the most of any task."""


def task_names() -> list[str]:
    """Names of the tasks that exist at any distance, those of other packages included."""
    return [name for name in TASKS.names() if name not in WITHOUT_DISTANCE]


def memory_task_of(
    task: str | Mapping[str, Any] | Task | type[Task] = "echo",
    symbols: int | None = None,
    largest: int | None = None,
    lags: Sequence[int] | None = None,
    lengths: Lengths | None = None,
) -> MemoryTask:
    """Make the `MemoryTask` of a task.

    Args:
        task: A name such as "echo", ``package.module:Class``, a task object or class, or a
            dictionary with `kind` and settings.
        symbols: Number of symbols, for a task that has this setting; by default its own.
        largest: Largest lag; by default 1000, or less if the task's alphabet would have to grow.
        lags: Lags that will be used, if they are known.
        lengths: Lengths and numbers of sequences of the echo task; other tasks have their own.

    Raises:
        ConfigError: There is no such task, or it doesn't exist at these lags.
    """
    if symbols is not None and (isinstance(symbols, bool) or not 2 <= symbols <= MOST_SYMBOLS):
        raise ConfigError("symbols", f"a whole number from 2 to {MOST_SYMBOLS:,}", symbols)
    given = {"kind": task} if isinstance(task, str) else task
    if given is Echo:
        given = {"kind": "echo"}
    if isinstance(given, Mapping):
        given = {"kind": "echo", **given}
        kind = given["kind"]
        if isinstance(kind, str) and ":" not in kind and kind not in (known := task_names()):
            raise unknown("task", known, kind, "or package.module:Class")
        if kind == "echo":
            return _echo(
                {**given, **({} if symbols is None else {"symbols": symbols})}, largest, lengths
            )
    made = choose(TASKS, "task", given)
    if type(made) is Echo:
        symbols = made.symbols if symbols is None else symbols
        return _echo({"symbols": symbols}, largest, lengths)
    if TASKS.admit(type(made)) in WITHOUT_DISTANCE:
        raise unknown("task", task_names(), made.kind)
    if symbols is not None:
        if "symbols" not in type(made).model_fields:
            raise ConfigError(
                "symbols", f"left out: task {made.kind!r} has no such setting", symbols
            )
        made = made.replace(symbols=symbols)
    return DistanceTask(made, largest, lags)


def _echo(settings: Mapping[str, Any], largest: int | None, lengths: Lengths | None) -> EchoTask:
    for name in settings:
        # Lag and length are what the search chooses.
        if name not in ("kind", "symbols", "lag", "length"):
            raise ConfigError(f"task.{name}", "left out for the echo task", settings[name])
    return EchoTask(settings.get("symbols", SYMBOLS), largest or LARGEST, lengths)

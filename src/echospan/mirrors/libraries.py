"""What differs between the libraries that a mirror can use: names of calls and of arguments."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from echospan.errors import unknown


@dataclass(frozen=True)
class Value:
    """Something of the run in the place of an argument.

    Attributes:
        name: "project", "name", "config" (nested settings), "flat" (the same with dotted names),
            "metrics" (numbers by name), "step", and in calls for each metric "metric" and "number".
    """

    name: str


@dataclass(frozen=True)
class Variable:
    """A variable of the environment in the place of an argument."""

    name: str
    default: str


@dataclass(frozen=True)
class Call:
    """A call of a library's function.

    Attributes:
        function: Its name in the module, or that of a method of what `init` returned.
        positional: Its positional arguments: values of the run, or constants.
        named: Its keyword arguments.
        of_run: Whether it is a method of what `init` returned.
    """

    function: str
    positional: tuple[Any, ...] = ()
    named: Mapping[str, Any] = field(default_factory=dict)
    of_run: bool = False

    def make(self, module: Any, run: Any, values: Mapping[str, Any]) -> Any:
        """Call it."""
        target = getattr(run if self.of_run else module, self.function)
        positional = [_filled(each, values) for each in self.positional]
        return target(*positional, **{k: _filled(v, values) for k, v in self.named.items()})


@dataclass(frozen=True)
class Library:
    """A library that shows the progress of runs.

    Attributes:
        module: The name that it is imported by.
        init: Begins a run; what it returns is the run.
        log: Adds numbers; made once for each number where `each` is true.
        finish: Ends it.
        before: A call before `init`.
        after: A call after it.
        each: Whether one call of `log` takes one number.
    """

    module: str
    init: Call
    log: Call
    finish: Call
    before: Call | None = None
    after: Call | None = None
    each: bool = False


def _filled(value: Any, values: Mapping[str, Any]) -> Any:
    if isinstance(value, Value):
        return values[value.name]
    if isinstance(value, Variable):
        return os.environ.get(value.name) or value.default
    return value


PROJECT, NAME, CONFIG, FLAT = Value("project"), Value("name"), Value("config"), Value("flat")
METRICS, STEP = Value("metrics"), Value("step")

LIBRARIES: dict[str, Library] = {
    "wandb": Library(
        "wandb",
        # Offline unless the user says otherwise: nothing leaves the machine unasked, and nobody is
        # asked for a key. Several runs may be open at once, and what is printed stays ours.
        init=Call(
            "init",
            named={
                "project": PROJECT,
                "name": NAME,
                "config": CONFIG,
                "mode": Variable("WANDB_MODE", "offline"),
                "reinit": "create_new",
                "settings": {"silent": True, "console": "off", "disable_git": True},
            },
        ),
        log=Call("log", (METRICS,), {"step": STEP}, of_run=True),
        finish=Call("finish", of_run=True),
    ),
    "trackio": Library(
        "trackio",
        init=Call("init", named={"project": PROJECT, "name": NAME, "config": FLAT}),
        log=Call("log", (METRICS,), {"step": STEP}, of_run=True),
        finish=Call("finish", of_run=True),
    ),
    "mlflow": Library(
        "mlflow",
        before=Call("set_experiment", (PROJECT,)),
        init=Call("start_run", named={"run_name": NAME, "log_system_metrics": False}),
        after=Call("log_params", (FLAT,)),
        log=Call("log_metrics", (METRICS,), {"step": STEP}),
        finish=Call("end_run"),
    ),
    "tensorboard": Library(
        "tensorboardX",
        init=Call("SummaryWriter", (Value("folder"),)),
        after=Call("add_text", ("settings", Value("text")), of_run=True),
        log=Call("add_scalar", (Value("metric"), Value("number"), STEP), of_run=True),
        finish=Call("close", of_run=True),
        each=True,
    ),
}
"""By the name that ``--mirror`` takes."""


def library(name: str) -> Library:
    """The library of that name.

    Raises:
        ConfigError: There is none.
    """
    if name not in LIBRARIES:
        raise unknown("mirror", LIBRARIES, name)
    return LIBRARIES[name]

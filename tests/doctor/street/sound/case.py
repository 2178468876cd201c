"""What a sound set-up is, and how a function becomes one."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

Api = Literal["check", "check_torch"]
Arguments = dict[str, Any]
Build = Callable[[], Arguments]


@dataclass(frozen=True)
class Plan:
    """How a case is trained to show that it learns.

    Attributes:
        epochs: Passes over its samples.
        rate: Step size of Adam, for torch modules; Keras models bring their optimizer.
        loss: ``loss(outputs, targets)`` for a torch module, where it isn't checked too.
        constant: Loss of the best constant answer, from y, where it isn't found by the loss's name.
        states: Whether the loop hands the state on from batch to batch, and detaches it.
    """

    epochs: int = 20
    rate: float = 0.01
    loss: Callable[..., Any] | None = None
    constant: Callable[[Any], float] | None = None
    states: bool = False


@dataclass(frozen=True)
class SoundCase:
    """One sound set-up.

    Attributes:
        name: Name of the function that builds it.
        kind: The file that it stands in.
        api: Which of echospan's functions it is handed to.
        source: Where the layout comes from, as its docstring says.
        build: Returns the arguments of that function, made anew.
        plan: How it is trained.
    """

    name: str
    kind: str
    api: Api
    source: str
    build: Build
    plan: Plan


CASES: list[SoundCase] = []


def built(case: SoundCase) -> Arguments:
    """The arguments of a case, whose model starts from the same weights each time."""
    if case.api == "check":
        import keras

        keras.utils.set_random_seed(0)
    else:
        import torch

        torch.manual_seed(0)
    return case.build()


def sound(api: Api = "check", **plan: Any) -> Callable[[Build], Build]:
    """Register the function below as a sound set-up; it stays a plain function."""

    def register(build: Build) -> Build:
        told = inspect.cleandoc(build.__doc__ or "")
        kind = build.__module__.rsplit(".", 1)[-1]
        CASES.append(
            SoundCase(build.__name__, kind, api, " ".join(told.split()), build, Plan(**plan))
        )
        return build

    return register

"""What a task may be given as; tasks of other packages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, Self

import pytest
from pydantic import Field

import echospan
from echospan.errors import ConfigError
from echospan.memory_tasks.choose import memory_task_of
from echospan.memory_tasks.distance_task import DistanceTask
from echospan.memory_tasks.echo import EchoTask
from echospan.random import Draw
from echospan.tasks import MISSING, Echo, Task
from echospan.tasks.base import Part


class FirstSymbol(Task):
    """Repeat the first symbol at the last step."""

    kind: Literal["first-symbol"] = "first-symbol"
    symbols: int = Field(default=4, ge=2)
    """Number of distinct symbols."""
    wait: int = Field(default=3, ge=1)
    """Steps between the first symbol and the last."""

    @property
    def width(self) -> int:
        return self.symbols

    @property
    def steps(self) -> int:
        return self.wait + 1

    @property
    def chance(self) -> float:
        return 1 / self.symbols

    @property
    def distance(self) -> int:
        return self.wait

    def at_distance(self, distance: int) -> Self:
        return self.replace(wait=distance)

    def draw(self, draw: Draw, sequences: int, arrays: Mapping[str, Any], part: Part) -> Any:
        return draw.integers(0, self.symbols, (sequences, self.steps))

    def targets(self, values: Any) -> Any:
        found = values * 0 + MISSING
        found[:, -1] = values[:, 0]
        return found


class Nowhere(FirstSymbol):
    """A task that refuses every distance."""

    kind: Literal["nowhere"] = "nowhere"  # type: ignore[assignment]

    def at_distance(self, distance: int) -> Self:
        raise ConfigError("task.wait", "something else", distance)


@pytest.mark.parametrize("task", [FirstSymbol, FirstSymbol(symbols=6), {"kind": FirstSymbol}])
def test_a_task_of_ones_own_by_class_object_or_table(task: Any) -> None:
    symbols = 6 if isinstance(task, Task) else 4
    made = memory_task_of(task, largest=20)
    assert (made.name, made.difficulty_name, made.symbols) == ("first-symbol", "wait", symbols)
    assert (made.smallest, made.largest) == (1, 20)
    assert memory_task_of(task, symbols=3).symbols == 3


def test_a_span_on_a_task_of_ones_own() -> None:
    sheet = echospan.span("last-value", task=FirstSymbol(symbols=8), lags=[1, 5], seeds=1)
    assert (sheet.task, sheet.distance, sheet.symbols, sheet.chance) == (
        "first-symbol", "wait", 8, 1 / 8,
    )  # fmt: skip
    assert [row.outcome for row in sheet.per_lag] == ["failed", "failed"]


def test_a_task_that_exists_nowhere_is_named() -> None:
    with pytest.raises(ConfigError, match="a task that exists at its own distance"):
        memory_task_of(Nowhere)


def test_echo_as_class_is_echo_by_name() -> None:
    assert memory_task_of(Echo).symbols == memory_task_of("echo").symbols == 10
    assert memory_task_of(Echo(symbols=7)).symbols == 7


def test_mistakes_list_the_names() -> None:
    with pytest.raises(ConfigError, match=r"one of echo, .*adding.*Did you mean 'copy'"):
        memory_task_of("cpy")
    with pytest.raises(ConfigError, match="task must be one of"):
        memory_task_of("recite")
    with pytest.raises(ConfigError, match="task 'adding' has no such setting"):
        memory_task_of("adding", symbols=4)
    with pytest.raises(ConfigError, match="left out for the echo task"):
        memory_task_of({"kind": "echo", "items": 3})
    assert isinstance(memory_task_of({"kind": "echo", "symbols": 5}), EchoTask)
    assert isinstance(memory_task_of({"kind": "copy", "items": 3}), DistanceTask)

"""What tasks on numbers have in common."""

from __future__ import annotations

from abc import abstractmethod
from typing import Any

from echospan.arguments import numbers, validate_methods
from echospan.tasks.base import Task

TOLERANCE = 0.04
"""Hochreiter and Schmidhuber (1997) count an answer that is less far off as right."""


class NumberTask(Task):
    """A task whose values are some numbers each and whose answers are one number each.

    Answers are scored by their squared error, and by accuracy as everywhere: the share that lies
    within the tolerance.

    Example:
        >>> task = echospan.tasks.Adding(length=10)
        >>> task.features, task.width
        (2, 0)
        >>> round(task.chance_error, 3)
        0.167
    """

    def __init_subclass__(cls, **settings: Any) -> None:
        validate_methods(cls, {"targets": {"values": numbers}})
        super().__init_subclass__(**settings)

    @property
    def width(self) -> int:
        """0: there are no symbols."""
        return 0

    @property
    @abstractmethod
    def features(self) -> int:
        """How many numbers make one value."""

    @property
    def tolerance(self) -> float:
        """0.04."""
        return TOLERANCE

    @property
    @abstractmethod
    def chance_error(self) -> float:
        """Squared error of the best constant: the variance of what is asked."""

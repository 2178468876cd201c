"""What a row may use while it measures: progress, and whether to stop."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from echospan.observer import Observer


class Interrupted(Exception):
    """The user asked to stop in the middle of a row."""


@dataclass
class Work:
    """Given to every row.

    Attributes:
        observer: Told how far it is.
        stop: Asked whether to end.
    """

    observer: Observer = field(default_factory=Observer)
    stop: Callable[[], bool] = lambda: False

    def go_on(self) -> None:
        """Raise `Interrupted` if the user asked to stop."""
        if self.stop():
            raise Interrupted

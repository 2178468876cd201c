"""What a row may use while it measures: progress, and whether to stop."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

from echospan.observer import Observer

Found = TypeVar("Found")


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
    _found: dict[str, Any] = field(default_factory=dict, init=False)

    def go_on(self) -> None:
        """Raise `Interrupted` if the user asked to stop."""
        if self.stop():
            raise Interrupted

    def once(self, name: str, find: Callable[[], Found]) -> Found:
        """What `find` found when it was first called under this name: shared by rows."""
        if name not in self._found:
            self._found[name] = find()
        found: Found = self._found[name]
        return found

"""What a row may use while it measures: progress, and whether to stop."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

from echospan.observer import Observer

if TYPE_CHECKING:
    from echospan.engine.fleet import Member
    from echospan.engine.values import TrainState

Found = TypeVar("Found")
Run = TypeVar("Run")


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

    def train(
        self, label: str, runs: Sequence[Run], member: Callable[[Run], Member]
    ) -> Iterator[tuple[Run, TrainState]]:
        """Train runs many at once and give out each with its values as soon as it ends.

        Args:
            label: What the observer calls them.
            runs: One for each seed and learning rate.
            member: Makes the member of the fleet for a run.

        Raises:
            Interrupted: The user asked to stop.
        """
        from echospan.engine.train_many import train_many

        self.observer.begin(label, len(runs))
        with closing(train_many(runs, member)) as trained:
            for done, (run, finished) in enumerate(trained, 1):
                self.go_on()
                yield run, finished.result()
                self.observer.progress(done, {})

    def once(self, name: str, find: Callable[[], Found]) -> Found:
        """What `find` found when it was first called under this name: shared by rows."""
        if name not in self._found:
            self._found[name] = find()
        found: Found = self._found[name]
        return found

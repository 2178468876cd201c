"""What all pages of a lab share: the store and the work that was started."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from echospan.lab.jobs import Jobs

if TYPE_CHECKING:
    from echospan.store import Store


@dataclass
class Lab:
    """One lab.

    Attributes:
        path: Folder of the store.
        jobs: Work that it started.
    """

    path: Path
    jobs: Jobs = field(init=False)

    def __post_init__(self) -> None:
        self.jobs = Jobs(self.path)

    @contextmanager
    def store(self) -> Iterator[Store]:
        """The store, opened for one look: another process may change it at any time."""
        from echospan.store import Store

        with Store(self.path) as store:
            yield store

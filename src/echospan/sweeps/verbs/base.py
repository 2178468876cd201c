"""What a sweep does with each of its units: run it, or measure its span. One object a verb."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from echospan.store.claims import Wanted
from echospan.store.detached import DetachedRun
from echospan.store.record import Kind
from echospan.sweeps.grid import Settings


@dataclass(frozen=True)
class Unit:
    """One thing to be done.

    Attributes:
        settings: Its dotted settings, those of the file and those that are swept.
        fingerprint: Names all that decides what comes out, on every machine.
        key: Units of one key take about as long, for their size; runs share a compiled program.
        size: How much it is of what `Cost` counts: epochs, say.
    """

    settings: Settings
    fingerprint: str
    key: str
    size: float = 1.0


@dataclass(frozen=True)
class Cost:
    """What a finished unit took.

    Attributes:
        each: Seconds for one of what `Unit.size` counts.
        fixed: Seconds beside that.
    """

    each: float
    fixed: float

    def of(self, size: float) -> float:
        """Seconds of a unit of that size."""
        return self.fixed + self.each * size


class Verb(ABC):
    """Knows the settings of units, and how to do them.

    Made as ``Class(content, source, trust=...)`` of what a sweep's file holds beside the tables
    of the sweep. It imports no framework that a driver has no use for.
    """

    kind: ClassVar[Kind]
    """Of the runs in the store."""
    columns: ClassVar[Mapping[str, str]]
    """What `row` gives, with names of polars types."""
    score: ClassVar[str]
    """The column that figures show."""
    packs: ClassVar[bool]
    """Whether units of one key are worth being done together: short ones are."""

    @abstractmethod
    def __init__(self, content: Mapping[str, Any], source: Path, *, trust: bool = False) -> None:
        """Take what a sweep's file holds beside the tables of the sweep.

        Args:
            content: Its settings.
            source: The file.
            trust: Whether code that it names is imported.

        Raises:
            EchospanError: One of the settings can't be used.
        """

    @property
    @abstractmethod
    def name(self) -> str:
        """What the sweep is about, for tables: the recipe's name."""

    @property
    @abstractmethod
    def base(self) -> Settings:
        """The file's own settings, dotted."""

    @property
    @abstractmethod
    def beneath(self) -> Settings:
        """Settings below those, dotted: a recipe's."""

    @abstractmethod
    def unit(self, settings: Settings) -> Unit:
        """The unit of these settings, once it is known that it can be done.

        Raises:
            EchospanError: A setting does not exist or has a value that is refused, or the unit
                needs more memory than the machine has.
        """

    @abstractmethod
    def wanted(self, unit: Unit) -> Wanted:
        """What the store is asked for."""

    @abstractmethod
    def key_of(self, config: Mapping[str, Any], *, trust: bool) -> str:
        """The key of a stored run, as `Unit.key`; for what it cost.

        Raises:
            EchospanError: It is none that this version can read.
        """

    @abstractmethod
    def cost(self, result: Mapping[str, Any], seconds: float | None) -> Cost | None:
        """What a finished run took; None where that is not known.

        Args:
            result: Its result.
            seconds: How long it ran in all.
        """

    @abstractmethod
    def row(self, result: Mapping[str, Any]) -> dict[str, Any]:
        """The numbers of a finished run, by the names of `columns`; None for what is not known."""

    @staticmethod
    @abstractmethod
    def work(runs: Sequence[DetachedRun], stop: Callable[[], bool], *, trust: bool) -> None:
        """Do units, on a worker: in order, each run finished, failed or interrupted as it ends.

        Raises:
            StoreError: Nothing can be written.
        """

"""Units that are checks: of experiments, or of the model and the data that a function returns."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

from echospan.store.claims import Wanted
from echospan.store.detached import DetachedRun
from echospan.store.record import Kind
from echospan.sweeps.grid import Settings
from echospan.sweeps.verbs.base import Cost, Unit, Verb
from echospan.sweeps.verbs.check_experiment import COLUMNS, CheckExperiment, report_of
from echospan.sweeps.verbs.check_function import CheckFunction
from echospan.sweeps.verbs.keeping import keep_each

OF_EXPERIMENT = ("recipe", "task", "framing", "model", "training")
"""What a file says that is about an experiment."""


class Check(Verb):
    """Checks; none is trained. The settings of an experiment, or arguments of `echospan.check`."""

    kind: ClassVar[Kind] = "check"
    columns: ClassVar[Mapping[str, str]] = COLUMNS
    score: ClassVar[str] = "findings"
    packs: ClassVar[bool] = True

    def __init__(self, content: Mapping[str, Any], source: Path, *, trust: bool = False) -> None:
        """As `Verb`.

        Args:
            content: As for `Run`; or ``what``, FILE.py:function, and arguments of `check`.
            source: The sweep's file; its folder is where paths begin.
            trust: Import what the file names as code.
        """
        of_experiment = any(name in content for name in OF_EXPERIMENT)
        kind = CheckExperiment if of_experiment else CheckFunction
        self._of: Verb = kind(content, source, trust=trust)

    @property
    def name(self) -> str:
        """See `Verb.name`."""
        return self._of.name

    @property
    def base(self) -> Settings:
        """See `Verb.base`."""
        return self._of.base

    @property
    def beneath(self) -> Settings:
        """See `Verb.beneath`."""
        return self._of.beneath

    def unit(self, settings: Settings) -> Unit:
        """See `Verb.unit`."""
        return self._of.unit(settings)

    def wanted(self, unit: Unit) -> Wanted:
        """See `Verb.wanted`."""
        return self._of.wanted(unit)

    def key_of(self, config: Mapping[str, Any], *, trust: bool) -> str:
        """See `Verb.key_of`."""
        return self._of.key_of(config, trust=trust)

    def cost(self, result: Mapping[str, Any], seconds: float | None) -> Cost | None:
        """See `Verb.cost`."""
        return self._of.cost(result, seconds)

    def row(self, result: Mapping[str, Any]) -> dict[str, Any]:
        """See `Verb.row`."""
        return self._of.row(result)

    @staticmethod
    def work(runs: Sequence[DetachedRun], stop: Callable[[], bool], *, trust: bool) -> None:
        """See `Verb.work`."""
        keep_each(
            runs,
            stop,
            lambda run: (
                CheckFunction.measured(run.config, stop, trust=trust)
                if "sources" in run.config
                else report_of(run.config, trust=trust)
            ),
        )

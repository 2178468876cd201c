"""Units that are checks of an experiment: what `echospan run --check` looks at, swept."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar

from echospan.experiment import Experiment
from echospan.store.claims import Wanted
from echospan.store.detached import DetachedRun
from echospan.store.names import slug
from echospan.store.record import Kind
from echospan.sweeps.verbs.base import Cost, Unit
from echospan.sweeps.verbs.keeping import keep_each
from echospan.sweeps.verbs.run import Run

if TYPE_CHECKING:
    from echospan.report.objects import CheckReport

COLUMNS = {"ok": "Boolean", "findings": "Int64", "codes": "String", "check_seconds": "Float64"}


class CheckExperiment(Run):
    """Checks; their settings are those of runs, and none is trained."""

    kind: ClassVar[Kind] = "check"
    columns: ClassVar[Mapping[str, str]] = COLUMNS
    score: ClassVar[str] = "findings"

    def unit(self, settings: Mapping[str, Any]) -> Unit:
        """See `Verb.unit`."""
        return replace(super().unit(settings), size=1.0)

    def wanted(self, unit: Unit) -> Wanted:
        """See `Verb.wanted`."""
        run = super().wanted(unit)
        return Wanted(
            fingerprint=unit.fingerprint,
            recipe=f"check-{slug(self.name) or 'experiment'}",
            config={"name": self.name, "settings": run.config},
            seed=run.seed,
        )

    def key_of(self, config: Mapping[str, Any], *, trust: bool) -> str:
        """See `Verb.key_of`."""
        return super().key_of(config.get("settings", {}), trust=trust)

    def cost(self, result: Mapping[str, Any], seconds: float | None) -> Cost | None:
        """See `Verb.cost`."""
        return None if seconds is None else Cost(0.0, seconds)

    def row(self, result: Mapping[str, Any]) -> dict[str, Any]:
        """See `Verb.row`."""
        return row_of(result)

    @staticmethod
    def work(runs: Sequence[DetachedRun], stop: Callable[[], bool], *, trust: bool) -> None:
        """See `Verb.work`."""
        keep_each(runs, stop, lambda run: report_of(run.config, trust=trust))


def report_of(config: Mapping[str, Any], *, trust: bool) -> CheckReport:
    """Check the experiment of a unit."""
    from echospan.doctor.experiments import check_experiment

    return check_experiment(Experiment.from_dict(config["settings"], trust=trust))


def row_of(result: Mapping[str, Any]) -> dict[str, Any]:
    """The numbers of a check, by the names of `COLUMNS`."""
    codes = [str(finding.get("code")) for finding in result.get("findings") or ()]
    return {
        "ok": result.get("ok"),
        "findings": len(codes),
        "codes": ", ".join(codes),
        "check_seconds": result.get("seconds"),
    }

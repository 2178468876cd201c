"""What the framing doctor says of stored runs, for their report."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from echospan.report import RunView


def with_checks(views: Sequence[RunView], *, trust: bool = False) -> list[RunView]:
    """The runs with their checks; one that cannot be made is a sentence in the report.

    A check takes a few seconds a run and trains nothing: the run's settings say all that it needs.
    """
    from echospan.cli.progress import Bar

    found = []
    with Bar() as bar:
        bar.begin("checking", len(views))
        for number, view in enumerate(views, 1):
            found.append(_checked(view, trust) if view.config else view)
            bar.progress(number, {})
    return found


def _checked(view: RunView, trust: bool) -> RunView:
    from echospan.doctor.experiments import check_experiment
    from echospan.errors import EchospanError
    from echospan.experiment import Experiment
    from echospan.results.check_report import CheckData

    try:
        experiment = Experiment.from_dict(view.config, trust=trust)
        return view.with_check(check_experiment(experiment))
    except EchospanError as error:
        # Its data may be gone, or its settings from a version with other ones.
        return view.with_check(CheckData((), skipped=(str(error),)))

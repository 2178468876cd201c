"""How far back a model looks while it is trained: measured every few epochs, and kept."""

from __future__ import annotations

import math
from typing import Any

from echospan.arguments import flag, same_as, validated, whole
from echospan.errors import ConfigError, EchospanError
from echospan.report.memory_objects import UsesReport
from echospan.usage.score import AtChance
from echospan.usage.uses import OF_USES, uses

QUICK = {"windows": 512, "donors": 4}
"""Settings of `uses` during training, unless others are given."""

AT_CHANCE = "at chance"


class TrainingLog:
    """Measures a model every few epochs and keeps the reports; changes nothing of the training.

    Args:
        every: Epochs between two measurements.
        show: Print a line for each.
        settings: Further arguments of `echospan.uses`.

    Attributes:
        reports: Report by epoch, counted from 1; None where the model was at chance or couldn't be
            measured.
        reasons: Why there is no report, by epoch.
        last: Steps used at the last measurement; NaN before and where they aren't known.
    """

    def __init__(self, every: int, show: bool, settings: dict[str, Any]) -> None:
        self._every, self._show, self._settings = every, show, {**QUICK, **settings}
        self.reports: dict[int, UsesReport | None] = {}
        self.reasons: dict[int, str] = {}
        self.last = math.nan

    def epoch_ended(self, model: Any, epoch: int, x: Any, y: Any) -> bool:
        """Measure, if it is time.

        Args:
            model: The model in training.
            epoch: Epochs that are done.
            x: Held-out inputs.
            y: Their targets.

        Returns:
            Whether it was measured.
        """
        if epoch % self._every:
            return False
        self.last = math.nan
        try:
            report = uses(model, x, y, **self._settings)
        except AtChance:
            self.reports[epoch], self.reasons[epoch] = None, AT_CHANCE
        except EchospanError as error:
            # What can't be measured is no reason not to train.
            self.reports[epoch], self.reasons[epoch] = None, str(error)
        except Exception as error:
            told = " ".join(f"{type(error).__name__}: {error}".split())[:300]
            self.reports[epoch], self.reasons[epoch] = None, told
        else:
            self.reports[epoch] = report
            self.last = math.nan if report.uses is None else float(report.uses)
        if self._show:
            print(f"epoch {epoch}: {self.line(epoch)}")
        return True

    def line(self, epoch: int) -> str:
        """What was found after an epoch, in a line."""
        report = self.reports[epoch]
        if report is None:
            return self.reasons[epoch]
        from echospan.report.uses_words import number, opening

        return f"{opening(report)} Loss {number(report.full_loss)}."


class Logs:
    """What the callbacks of all libraries share: their settings and what was measured."""

    @validated(x=OF_USES["x"], y=OF_USES["y"], every=whole(1), show=flag, settings=same_as(uses))
    def __init__(
        self, x: Any = None, y: Any = None, *, every: int = 1, show: bool = True, **settings: Any
    ) -> None:
        super().__init__()
        self._x, self._y = x, y
        self._log = TrainingLog(every, show, settings)

    @property
    def reports(self) -> dict[int, UsesReport | None]:
        """Report by epoch, counted from 1; None where the model was at chance or not measured."""
        return self._log.reports

    @property
    def reasons(self) -> dict[int, str]:
        """Why there is no report, by epoch."""
        return self._log.reasons

    def _require_data(self) -> None:
        if self._x is None:
            raise ConfigError("x", "given: held-out inputs", None)

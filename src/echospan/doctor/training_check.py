"""The check and the watch of a torch training that a trainer of another library runs."""

from __future__ import annotations

from typing import Any

from echospan.adapters.adapt import framework_of
from echospan.arguments import flag, same_as, validated
from echospan.doctor.check import OF_CHECK, check
from echospan.doctor.watch import Watch, watch_torch
from echospan.errors import ConfigError, EchospanError
from echospan.report.objects import CheckReport

UPDATES = 4
"""Updates that are watched."""


class TrainingCheck:
    """Checks before the first update, watches the first ones, and changes nothing of the training.

    Args:
        needs_lag: Steps between a value and the answer that needs it; by default, inferred.
        loss: The loss function, where the module does not compute its own.
        stop: Raise before the first update if an error is found.
        show: Print the reports.
        settings: Further arguments of `echospan.check`.

    Attributes:
        report: What was found before training; None until then, and where it could not be checked.
        watched: What the first updates showed; None until then.
        failed: Why there is no report.
    """

    def __init__(
        self, needs_lag: int | None, loss: Any, stop: bool, show: bool, settings: dict[str, Any]
    ) -> None:
        self._needs_lag, self._loss, self._stop, self._show = needs_lag, loss, stop, show
        self._settings = settings
        self._watch: Watch | None = None
        self._left = 0
        self.report: CheckReport | None = None
        self.watched: CheckReport | None = None
        self.failed = ""

    def begin(self, model: Any, loader: Any, optimizer: Any, epochs: float | None) -> None:
        """Check, and begin to watch.

        Args:
            model: The module that is trained.
            loader: The batches that train it; None where the trainer does not tell.
            optimizer: What trains it.
            epochs: Passes over the data.

        Raises:
            ConfigError: An error was found, and training shall stop.
        """
        given = dict(self._settings)
        if optimizer is not None:
            given.setdefault("optimizer", optimizer)
        if epochs is not None and epochs >= 1:
            given.setdefault("epochs", int(epochs))
        try:
            self.report = check(model, loader, loss=self._loss, needs_lag=self._needs_lag, **given)
        except EchospanError as error:
            # What can't be looked at is no reason not to train; nor is an error of ours.
            self.failed = str(error)
        except Exception as error:
            self.failed = " ".join(f"{type(error).__name__}: {error}".split())[:300]
        if self._show:
            if self.report is not None:
                self.report.print()
            else:
                print(f"FramingCheck could not look at it: {self.failed}")
        if self._stop and self.report is not None and not self.report.ok:
            raise ConfigError(
                "callbacks",
                "left without FramingCheck(stop=True) to train all the same",
                ", ".join(f.code for f in self.report.findings if f.severity == "error"),
            )
        if framework_of(model) == "torch":
            self._watch = watch_torch(model, needs_lag=self._needs_lag, updates=UPDATES)
            self._watch.__enter__()
            self._left = UPDATES

    def updated(self) -> None:
        """Another update was made."""
        self._left -= 1
        if self._left <= 0:
            self.end()

    def end(self, error: BaseException | None = None) -> None:
        """Stop watching; of no consequence where nothing is watched."""
        if self._watch is None:
            return
        watch, self._watch = self._watch, None
        watch.__exit__(None if error is None else type(error), error, None)
        self.watched = watch.report
        if self._show and (self.watched.findings or error is not None):
            self.watched.print()


class Reports:
    """What the callbacks share: their settings, and the two reports."""

    @validated(needs_lag=OF_CHECK["needs_lag"], stop=flag, show=flag, settings=same_as(check))
    def __init__(
        self,
        *,
        needs_lag: int | None = None,
        loss: Any = None,
        stop: bool = False,
        show: bool = True,
        **settings: Any,
    ) -> None:
        super().__init__()
        self._check = TrainingCheck(needs_lag, loss, stop, show, settings)

    @property
    def report(self) -> CheckReport | None:
        """What was found before training."""
        return self._check.report

    @property
    def watched(self) -> CheckReport | None:
        """What the first updates showed."""
        return self._check.watched

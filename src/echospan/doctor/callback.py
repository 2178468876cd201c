"""The check as a Keras callback, for a plain ``model.fit``."""

from __future__ import annotations

from typing import Any

from echospan.adapters.keras.fit_call import FitCallback
from echospan.doctor.check import check
from echospan.doctor.fit_call import ResetState
from echospan.errors import ConfigError
from echospan.report.objects import CheckReport


class FramingCheck(FitCallback):
    """Checks model, data and settings when training begins, and prints what it finds.

    ``model.fit(x, y, ..., callbacks=[echospan.FramingCheck()])``. Works in `echospan.fit` too.
    Keras tells a callback neither data nor batch size, so they are read from the call of `fit` that
    is under way; data sets and generators cannot be checked, and that is said instead.

    Args:
        needs_lag: Steps between a value and the answer that needs it; left out, it is looked for.
        reset_state: When your own code returns carried state to zero: before each "epoch" or
            "batch", or "never"; left out, what the trainer does.
        stop: Stop the training, before its first epoch, where an error is found.
        show: Print the report.

    Attributes:
        report: What was found; None before training.

    Example:
        >>> import keras
        >>> import numpy as np
        >>> windows = np.random.default_rng(0).normal(size=(64, 5, 1))
        >>> model = keras.Sequential([keras.layers.LSTM(4), keras.layers.Dense(1)])
        >>> model.compile("adam", "mse")
        >>> watch = echospan.FramingCheck(show=False)
        >>> history = model.fit(windows, windows[:, 0], verbose=0, callbacks=[watch])
        >>> watch.report.codes
        ('target-in-input',)
    """

    def __init__(
        self,
        *,
        needs_lag: int | None = None,
        reset_state: ResetState | None = None,
        stop: bool = False,
        show: bool = True,
    ) -> None:
        super().__init__()
        self._needs_lag, self._reset_state = needs_lag, reset_state
        self._stop, self._show = stop, show
        self.report: CheckReport | None = None

    def on_fit(self, arguments: dict[str, Any], *, own: bool) -> None:
        """Check."""
        given = dict(arguments)
        if own:
            given["trainer"] = "echospan"
        else:
            given["reset_state"] = self._reset_state
        self.report = check(self.model, needs_lag=self._needs_lag, **given)
        if self._show:
            self.report.print()
        if self._stop and not self.report.ok:
            raise ConfigError(
                "callbacks",
                "left without FramingCheck(stop=True) to train all the same",
                ", ".join(f.code for f in self.report.findings if f.severity == "error"),
            )

"""The check as a Keras callback, for a plain ``model.fit``."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from echospan.adapters.keras.fit_call import FitCallback
from echospan.arguments import flag, validated
from echospan.doctor.check import OF_CHECK, check
from echospan.doctor.fit_call import ResetState
from echospan.errors import ConfigError
from echospan.report.objects import CheckReport

LEFT_ALONE = (
    "FramingCheck left the generator alone, for its batches are given once. Before you train, call "
    "echospan.check(model, make), where make() gives a new one."
)


class FramingCheck(FitCallback):
    """Check model, data and settings when training begins, and print the findings.

    ``model.fit(x, y, ..., callbacks=[echospan.FramingCheck()])``. Works in `echospan.fit` too.
    Keras does not pass data and batch size to callbacks, so they are read from the running call of
    `fit`. A generator would be used up by being read: it is left alone, and a line says so.

    Args:
        needs_lag: Steps between a value and the target that needs it; by default, inferred.
        reset_state: When your own code resets carried state to zero: before each "epoch" or
            "batch", or "never". By default, what the trainer does.
        stop: Stop the training before its first epoch if an error is found.
        show: Print the report.

    Attributes:
        report: What was found; None before training, and for a generator.

    Example:
        >>> import keras
        >>> import numpy as np
        >>> windows = np.random.default_rng(0).normal(size=(64, 5, 1))
        >>> model = keras.Sequential([keras.layers.LSTM(4), keras.layers.Dense(1)])
        >>> model.compile("adam", "mse")
        >>> watch = echospan.FramingCheck(show=False)
        >>> history = model.fit(
        ...     windows, windows[:, 0], epochs=100, verbose=0, callbacks=[watch]
        ... )
        >>> watch.report.codes
        ('target-in-input',)
    """

    @validated(
        needs_lag=OF_CHECK["needs_lag"],
        reset_state=OF_CHECK["reset_state"],
        stop=flag,
        show=flag,
    )
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
        if isinstance(given.get("x"), Iterator):
            if self._show:
                print(LEFT_ALONE)
            return
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

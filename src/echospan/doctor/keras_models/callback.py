"""The check as a Keras callback, for a plain ``model.fit``."""

from __future__ import annotations

import sys
from types import FrameType
from typing import Any

import keras

from echospan.doctor.asked import ResetState
from echospan.doctor.keras_models.check import check
from echospan.errors import ConfigError
from echospan.report.objects import CheckReport

_TAKEN = ("x", "y", "batch_size", "shuffle", "validation_data")


class FramingCheck(keras.callbacks.Callback):  # type: ignore[misc]
    """Checks model, data and settings when training begins, and prints what it finds.

    ``model.fit(x, y, ..., callbacks=[echospan.FramingCheck()])``. Works in `echospan.fit` too.
    Keras tells a callback neither data nor batch size, so they are read from the call of `fit` that
    is under way; data sets and generators cannot be checked, and that is said instead.

    Args:
        needs_lag: Steps between a value and the answer that needs it; left out, it is looked for.
        reset_state: When your own code returns carried state to zero: before each "epoch" or
            "batch", or "never".
        stop: Stop the training, before its first epoch, where an error is found.
        show: Print the report.

    Attributes:
        report: What was found; None before training.
    """

    def __init__(
        self,
        *,
        needs_lag: int | None = None,
        reset_state: ResetState = "never",
        stop: bool = False,
        show: bool = True,
    ) -> None:
        super().__init__()
        self._needs_lag, self._reset_state = needs_lag, reset_state
        self._stop, self._show = stop, show
        self.report: CheckReport | None = None

    def on_train_begin(self, logs: Any = None) -> None:
        """Check."""
        given, own = _call_of_fit(self.model)
        settings: dict[str, Any] = {"reset_state": self._reset_state}
        if own:
            settings = {"reset_state": given.pop("reset_state"), "trainer": "echospan"}
        given.pop("reset_state", None)
        self.report = check(self.model, needs_lag=self._needs_lag, **settings, **given)
        if self._show:
            self.report.print()
        if self._stop and not self.report.ok:
            raise ConfigError(
                "callbacks",
                "left without FramingCheck(stop=True) to train all the same",
                ", ".join(f.code for f in self.report.findings if f.severity == "error"),
            )


def _call_of_fit(model: keras.Model) -> tuple[dict[str, Any], bool]:
    """The arguments of the `fit` under way, and whether it is echospan's.

    Raises:
        ConfigError: It is not to be found.
    """
    frame: FrameType | None = sys._getframe(1)
    while frame is not None:
        names = frame.f_locals
        if frame.f_code.co_name == "fit" and any(
            names.get(owner) is model for owner in ("self", "model")
        ):
            given = {name: names[name] for name in _TAKEN if names.get(name) is not None}
            own = "reset_state" in names
            if own:
                given["reset_state"] = names["reset_state"]
            return given, own
        frame = frame.f_back
    raise ConfigError(
        "callbacks",
        "given to model.fit or echospan.fit, from where FramingCheck reads data and settings",
        "another caller",
        "Call echospan.check(model, x, y, batch_size=...) instead.",
    )

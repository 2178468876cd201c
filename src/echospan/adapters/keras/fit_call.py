"""A Keras callback that reads the arguments of the running `fit`."""

from __future__ import annotations

import sys
from abc import abstractmethod
from types import FrameType
from typing import Any

from echospan.errors import ConfigError
from echospan.extras import needs

needs("A callback of Keras", "keras")

import keras  # noqa: E402

_TAKEN = ("x", "y", "batch_size", "shuffle", "validation_data", "epochs")


class FitCallback(keras.callbacks.Callback):  # type: ignore[misc]
    """Reads data and settings from the call of `fit` that is under way.

    Keras tells a callback neither data nor batch size. Works in `echospan.fit` too.
    """

    def on_train_begin(self, logs: Any = None) -> None:
        """Hand the arguments on."""
        given, own = _call_of_fit(self.model)
        self.on_fit(given, own=own)

    @abstractmethod
    def on_fit(self, arguments: dict[str, Any], *, own: bool) -> None:
        """Training begins.

        Args:
            arguments: Those of the call that are given, by name.
            own: Whether it is a call of `echospan.fit`; then `reset_state` is among them.
        """


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

"""How far back a Keras model looks, as a callback of `fit`."""

from __future__ import annotations

from typing import Any

from echospan.adapters.keras.fit_call import FitCallback
from echospan.errors import ConfigError
from echospan.usage.training_log import Logs


class UsesLog(Logs, FitCallback):
    """Measure how far back the model looks every few epochs, by `echospan.uses`.

    ``model.fit(x, y, ..., callbacks=[echospan.UsesLog(x_val, y_val, every=5)])``. The training is
    the same as without. The logs of an epoch get ``uses``, so that it stands in the history; it is
    NaN where nothing was measured, and while the model is at chance.

    Args:
        x: Held-out inputs, as `echospan.uses` takes them. Left out: the `validation_data` of `fit`.
        y: Their targets.
        every: Epochs between two measurements.
        show: Print a line for each.
        **settings: Further arguments of `echospan.uses`; 512 windows and 4 donors if left out.

    Attributes:
        reports: Report by epoch, counted from 1; None where the model was at chance or could not be
            measured.
        reasons: Why there is no report, by epoch.

    Example:
        >>> import keras
        >>> import numpy as np
        >>> windows = np.random.default_rng(0).normal(size=(256, 5, 1))
        >>> model = keras.Sequential([keras.layers.Flatten(), keras.layers.Dense(1)])
        >>> model.compile(keras.optimizers.Adam(0.1), "mse")
        >>> watch = echospan.UsesLog(windows, windows[:, -2], every=10, show=False)
        >>> history = model.fit(
        ...     windows, windows[:, -2], epochs=10, verbose=0, callbacks=[watch]
        ... )
        >>> watch.reports[10].uses
        2
    """

    def on_fit(self, arguments: dict[str, Any], *, own: bool) -> None:
        """Take the validation data where no data was given."""
        if self._x is not None:
            return
        given = arguments.get("validation_data")
        if not isinstance(given, tuple | list) or len(given) < 2:
            raise ConfigError(
                "x", "given, or validation_data=(x, y) of fit: held-out data to measure on", None
            )
        self._x, self._y = given[0], given[1]

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Measure, and add the steps used to the logs."""
        measured = self._log.epoch_ended(self.model, epoch + 1, self._x, self._y)
        if logs is not None:
            logs["uses"] = self._log.last if measured else float("nan")

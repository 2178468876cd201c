"""What `fit` returns: the course of a training run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import keras


@dataclass
class History:
    """The results of each epoch, as in the history that Keras's own `fit` returns.

    Attributes:
        model: The model that was trained.
        params: `epochs`, `steps` (updates in an epoch) and `verbose`.
        epoch: Numbers of the epochs that were done, counted from 0.
        history: For each result a list with one number an epoch; results on validation data are
            named `val_...` and stand there only for the epochs that had a validation.
        seconds: `compile` (0 when a program compiled before could be used again) and `train`.
    """

    model: keras.Model = field(repr=False)
    params: dict[str, int]
    epoch: list[int] = field(default_factory=list)
    history: dict[str, list[Any]] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)

    def add(self, epoch: int, logs: Mapping[str, Any]) -> None:
        """Append the results of one epoch."""
        self.epoch.append(epoch)
        for name, value in logs.items():
            self.history.setdefault(name, []).append(value)


def plain(value: Any) -> Any:
    """A result as Keras logs it: a float, or an array where a metric gives several numbers."""
    value = np.asarray(value)
    return float(value) if value.ndim == 0 else value


def line(epoch: int, epochs: int, logs: Mapping[str, Any]) -> str:
    """One line about an epoch that is done, counted from 1."""
    width = len(str(epochs))
    shown = (f"{name} {value:.4g}" for name, value in logs.items() if isinstance(value, float))
    return f"epoch {epoch:{width}}/{epochs}  " + "  ".join(shown)

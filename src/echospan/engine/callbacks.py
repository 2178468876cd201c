"""Keras's callbacks around a compiled training run, and the history that it returns."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from echospan.errors import ConfigError

if TYPE_CHECKING:
    import keras

TRAIN_BATCH_HOOKS = ("on_train_batch_begin", "on_train_batch_end", "on_batch_begin", "on_batch_end")
TEST_BATCH_HOOKS = ("on_test_batch_begin", "on_test_batch_end")


def check_callbacks(callbacks: Any, *, validated: bool) -> list[keras.callbacks.Callback]:
    """The callbacks as a list.

    Args:
        callbacks: A callback, or an iterable of them, or None.
        validated: Whether there is validation data, so that its batch hooks would be called.

    Raises:
        ConfigError: Something is no callback, or wants to be called for each batch.
    """
    import keras

    if callbacks is None:
        return []
    listed = list(callbacks) if isinstance(callbacks, Iterable) else [callbacks]
    for callback in listed:
        if not isinstance(callback, keras.callbacks.Callback):
            raise ConfigError("callbacks", "a list of keras.callbacks.Callback", callback)
        for hook in TRAIN_BATCH_HOOKS + (TEST_BATCH_HOOKS if validated else ()):
            if _overrides(callback, hook) and not _idle(callback, hook):
                raise ConfigError(
                    "callbacks",
                    "without hooks for single batches",
                    f"{type(callback).__name__}.{hook}",
                    "Updates run inside one compiled program; on_epoch_begin, on_epoch_end, "
                    "on_train_begin, on_train_end, on_test_begin and on_test_end work.",
                )
    return listed


def _overrides(callback: keras.callbacks.Callback, hook: str) -> bool:
    import keras

    if hook in vars(callback):
        return True
    return getattr(type(callback), hook) is not getattr(keras.callbacks.Callback, hook)


def _idle(callback: keras.callbacks.Callback, hook: str) -> bool:
    """Whether it is Keras's own hook, and does nothing with these settings."""
    import keras

    if hook in vars(callback):
        return False
    owner = next(each for each in type(callback).__mro__ if hook in vars(each))
    own = owner.__module__.split(".")[0] == "keras"
    return own and (
        isinstance(callback, keras.callbacks.ProgbarLogger)
        or getattr(callback, "save_freq", None) == "epoch"
    )


class Hooks:
    """Calls the user's callbacks; falsy where there are none."""

    def __init__(
        self,
        model: keras.Model,
        callbacks: list[keras.callbacks.Callback],
        params: Mapping[str, int],
    ) -> None:
        """Around the training of `model`; callbacks find `params` as their own."""
        import keras

        self._list: Any = None
        self._seen: dict[str, Any] = {}
        if callbacks:
            # Last in the list, it sees what the others add to the logs.
            last = keras.callbacks.LambdaCallback(on_epoch_end=self._see)
            self._list = keras.callbacks.CallbackList([*callbacks, last], model=model, **params)

    def __bool__(self) -> bool:
        """Whether there are any callbacks."""
        return self._list is not None

    def call(self, hook: str, *arguments: Any) -> None:
        """Call the hook of this name of all callbacks, where there are any."""
        if self._list is not None:
            getattr(self._list, hook)(*arguments)

    def epoch_end(self, epoch: int, logs: dict[str, Any]) -> dict[str, Any]:
        """Call `on_epoch_end`.

        Returns:
            The logs with what callbacks added to them, such as the learning rate.
        """
        if self._list is None:
            return logs
        self._list.on_epoch_end(epoch, logs)
        return self._seen

    def _see(self, epoch: int, logs: dict[str, Any]) -> None:
        self._seen = dict(logs)


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

"""The arguments of `check`, refused where they cannot be used, each in one sentence."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from echospan.doctor.asked import looked_at
from echospan.doctor.keras_models.facts import Facts
from echospan.errors import ConfigError, DataError

if TYPE_CHECKING:
    import keras


def check_model(model: Any) -> None:
    """Refuse what is no Keras model.

    Raises:
        ConfigError: It is something else.
    """
    import keras

    if not isinstance(model, keras.Model):
        raise ConfigError(
            "model",
            "a Keras 3 model",
            type(model).__name__,
            "For torch modules there is echospan.check_torch."
            if type(model).__module__.startswith("torch") or hasattr(model, "state_dict")
            else "",
        )


def array(name: str, value: Any) -> np.ndarray:
    """A beginning of the user's array, as numbers.

    Raises:
        DataError: It is no array, empty, or holds something else than finite numbers.
    """
    if value is None:
        raise DataError(f"{name} must be an array (samples, ...); got None.")
    if isinstance(value, list | tuple | dict):
        kind = type(value).__name__
        raise DataError(
            f"{name} must be one array (samples, time, features); got a {kind}. Pass "
            f"numpy.asarray({name}); models with several inputs are not checked yet."
        )
    if not (hasattr(value, "shape") and hasattr(value, "__getitem__")):
        raise DataError(
            f"{name} must be an array; got a {type(value).__name__}. Take some samples out of the "
            "data set or generator into an array: order and batches are what is checked."
        )
    if len(value.shape) == 0 or value.shape[0] == 0:
        raise DataError(f"{name} must hold at least one sample; its shape is {tuple(value.shape)}.")
    found = np.asarray(value[: looked_at(value)])
    if found.dtype.kind not in "biuf":
        kind = "Python objects" if found.dtype.kind == "O" else f"values of type {found.dtype}"
        raise DataError(
            f"{name} must hold numbers; got an array of {kind}. Encode them first, and bring "
            "sequences to one length."
        )
    if found.dtype.kind == "f":
        bad = ~np.isfinite(found)
        if bad.any():
            first = tuple(int(i[0]) for i in np.nonzero(bad))
            raise DataError(
                f"{name} holds {int(bad.sum()):,} values that are NaN or infinite, the first at "
                f"{list(first)}: one is enough to make the loss NaN. Drop or fill them."
            )
    return found


def inputs(model: keras.Model, facts: Facts, x: Any) -> np.ndarray:
    """The beginning of x, with the axes that the model takes.

    Raises:
        DataError: The axes are others, or in another order.
    """
    found = array("x", x)
    if found.ndim == 1:
        raise DataError(
            f"x must have the axes (samples, time, features); its shape is {tuple(x.shape)}. One "
            "series becomes samples by: x = numpy.lib.stride_tricks.sliding_window_view(x, steps)"
            "[:, :, None]"
        )
    if found.ndim == 2 and facts.recurrent and facts.vocabulary is None:
        raise DataError(
            f"x must have the axes (samples, time, features) for the recurrent layer "
            f"{facts.recurrent[0]!r}; its shape is {tuple(x.shape)}. If its columns are time "
            "steps, pass x[:, :, None]; if they are features of one step, x[:, None, :]."
        )
    shape = getattr(model, "input_shape", None) if model.built or _has_input(model) else None
    if isinstance(shape, tuple):
        _fits(tuple(x.shape), shape)
    return found


def _has_input(model: keras.Model) -> bool:
    try:
        return model.input_shape is not None
    except (AttributeError, ValueError):
        return False


def _fits(given: tuple[int, ...], wanted: tuple[int | None, ...]) -> None:
    if len(given) != len(wanted):
        raise DataError(
            f"x must have {len(wanted)} axes for this model, {wanted}; its shape is {given}."
        )
    rest = list(zip(given[1:], wanted[1:], strict=True))
    if all(w is None or g == w for g, w in rest):
        return
    hint = ""
    if len(given) == 3 and all(
        w is None or g == w for g, w in zip((given[2], given[1]), wanted[1:], strict=True)
    ):
        hint = " Time and features are swapped: x = x.swapaxes(1, 2)."
    raise DataError(f"x must have the shape {wanted} for this model; its shape is {given}.{hint}")


def targets(x: Any, y: Any) -> np.ndarray:
    """The beginning of y, one target a sample.

    Raises:
        DataError: There are more or fewer targets than samples.
    """
    found = array("y", y)
    samples, labels = int(x.shape[0]), int(y.shape[0])
    if samples != labels:
        hint = ""
        if abs(samples - labels) == 1:
            hint = (
                " One off: a window over a series of n values leaves one sample fewer than targets "
                "cut from it; drop the target that has no window, at the end where it belongs."
            )
        raise DataError(f"x has {samples:,} samples and y has {labels:,} targets.{hint}")
    return found[: looked_at(x)]

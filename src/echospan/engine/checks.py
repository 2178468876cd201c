"""What is refused before anything is compiled, in words that say what to do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, get_args

from echospan.engine import keras_internals as internals
from echospan.engine.carried import is_stateful, state_variables
from echospan.engine.update import Batch
from echospan.errors import ConfigError, DataError
from echospan.experiment import ResetState

if TYPE_CHECKING:
    import keras

DEFAULT_BATCH_SIZE = 32


def check_model(model: Any, step: str, *, compiled: bool = True) -> None:
    """Refuse what is no Keras model, is not compiled, or cannot go into a compiled program.

    Args:
        model: What the user gave.
        step: The method that Keras would call for each batch, such as "train_step".
        compiled: Whether the model must have been compiled.

    Raises:
        ConfigError: One of these.
    """
    import keras

    if not isinstance(model, keras.Model):
        raise ConfigError("model", "a keras.Model", type(model).__name__)
    if compiled and not model.compiled:
        raise ConfigError(
            "model",
            "compiled",
            model.name,
            "Call model.compile(optimizer=..., loss=..., metrics=[...]) first.",
        )
    if getattr(type(model), step) is not getattr(keras.Model, step):
        raise ConfigError(
            "model",
            f"without a {step} of its own",
            type(model).__name__,
            "Updates run inside one compiled program; compute_loss and compute_metrics may be "
            "overridden.",
        )
    if compiled and model.run_eagerly:
        raise ConfigError(
            "model",
            "compiled without run_eagerly=True",
            model.name,
            "Updates run inside one compiled program.",
        )
    unsupported = [layer.name for layer in internals.layers(model) if not layer.supports_jit]
    if unsupported:
        raise ConfigError("model", "made of layers that can be compiled", ", ".join(unsupported))


def check_trainable(model: keras.Model, data: Batch) -> None:
    """Refuse a built model whose optimizer and loss cannot train it as it is now.

    Raises:
        ConfigError: No optimizer, no loss, or layers frozen or freed since it was compiled.
    """
    import keras

    if model.optimizer is None:
        raise ConfigError("model", "compiled with an optimizer", model.name)
    known = [id(v) for v in internals.trained_variables(model.optimizer)]
    if known != [id(v) for v in model.trainable_variables]:
        raise ConfigError(
            "model",
            "compiled after its layers and their trainable flags were last changed",
            model.name,
            "Call model.compile(...) again, with a new optimizer.",
        )
    own_loss = type(model).compute_loss is not keras.Model.compute_loss
    if not internals.has_loss(model) and not own_loss and not _has_added_losses(model, data):
        raise ConfigError("model", "compiled with a loss", model.name)


def _has_added_losses(model: keras.Model, data: Batch) -> bool:
    import jax
    import keras

    calls: list[int] = []

    def call(x: Any) -> Any:
        with keras.StatelessScope(collect_losses=True):
            outputs = model(x)
            calls.append(len(model.losses))
            return outputs

    jax.eval_shape(call, jax.tree.map(lambda a: a[:1], data.x))
    return calls[0] > 0


MOST = 2**31 - 1
"""Numbers of epochs and samples are 32-bit integers inside compiled programs."""


def check_integer(name: str, value: Any, least: int) -> None:
    """Refuse anything but an integer of at least `least`, and of at most `MOST`.

    Raises:
        ConfigError: It is none.
    """
    import operator

    try:
        number = operator.index(value)
    except TypeError:
        number = None
    if number is None or isinstance(value, bool) or number < least:
        raise ConfigError(name, f"an integer of at least {least}", value)
    if number > MOST:
        raise ConfigError(name, f"an integer of at most {MOST:,}", value)


def check_reset_state(value: Any) -> ResetState:
    """When carried state returns to zero; each epoch, where nothing is said.

    Raises:
        ConfigError: It is unknown.
    """
    allowed = get_args(ResetState)
    if value is None:
        return "epoch"
    if value not in allowed:
        raise ConfigError("reset_state", "one of " + ", ".join(map(repr, allowed)), value)
    chosen: ResetState = value
    return chosen


def built_batch_size(model: keras.Model) -> int | None:
    """Rows of the state that the stateful layers keep; None while they keep none."""
    states = state_variables(model)
    return int(states[0].shape[0]) if states else None


def check_start(model: keras.Model, rows: int, reset_state: ResetState) -> None:
    """Refuse to continue from states that have another number of rows.

    Raises:
        ConfigError: The layers' states do not fit.
    """
    built = built_batch_size(model)
    if reset_state == "never" and built is not None and built != rows:
        raise ConfigError(
            "batch_size",
            f"{built}, the rows of the state that the layers hold, for reset_state='never'",
            rows,
        )


def choose_batch_size(
    model: keras.Model,
    samples: int,
    given: int | None,
    *,
    name: str = "batch_size",
    as_built: bool = False,
) -> int:
    """The batch size to use.

    Args:
        model: The model, built or not.
        samples: Samples in one pass.
        given: What the user asked for; None chooses what the stateful layers are built for, or 32.
        name: What the setting is called in errors.
        as_built: Stateful layers must be used at the batch size they are built for.

    Raises:
        ConfigError: Stateful layers cannot be used with it.
        DataError: The samples are no whole number of batches.
    """
    if given is not None:
        check_integer(name, given, 1)
    stateful, built = is_stateful(model), built_batch_size(model)
    if not stateful:
        return int(given or DEFAULT_BATCH_SIZE)
    if as_built and built is not None and given is not None and given != built:
        raise ConfigError(
            name,
            f"{built}, the batch size that the model's stateful layers are built for",
            given,
            "Or build the model with another batch_shape.",
        )
    size = int(given or built or DEFAULT_BATCH_SIZE)
    if samples % size == 0:
        return size
    left = samples % size
    reason = "Stateful layers carry one state per batch row, so every batch must be full."
    if as_built and built is not None:
        whole = f"leave out the last {left}, or " if left < samples else ""
        raise DataError(
            f"{samples} samples do not fill whole batches of {size}, the batch size that the "
            f"model's stateful layers are built for: {whole}add {size - left}. {reason}"
        )
    divisors = [d for d in range(1, samples + 1) if samples % d == 0]
    near = [max((d for d in divisors if d < size), default=None)]
    near.append(min((d for d in divisors if d > size), default=None))
    nearest = " or ".join(str(d) for d in near if d is not None)
    raise ConfigError(
        name, f"a divisor of the {samples} samples (nearest: {nearest})", size, reason
    )

"""Losses by the names that people know them by: "mse", "mae", "cross_entropy"."""

from __future__ import annotations

from typing import Any

from echospan.errors import ConfigError, did_you_mean

ALIASES = {
    "mse": ("mean_squared_error", "l2"),
    "mae": ("mean_absolute_error", "l1"),
    "huber": ("smooth_l1",),
    "cross_entropy": ("crossentropy", "ce"),
    "nll": ("negative_log_likelihood",),
    "binary_cross_entropy": ("binary_crossentropy", "bce"),
    "binary_cross_entropy_with_logits": ("bce_with_logits",),
}
"""Names, and others for the same, for torch modules and JAX functions."""

OF_KERAS = ("categorical_crossentropy", "sparse_categorical_crossentropy")
"""Names that stand for probabilities in Keras, which modules and functions seldom answer with."""


def named_loss(loss: Any, framework: str) -> Any:
    """A loss that was given by its name as a function; any other, and Keras's, as it is.

    Args:
        loss: What the user gave.
        framework: ``keras``, ``torch`` or ``jax``.

    Raises:
        ConfigError: There is no loss of that name.
    """
    if not isinstance(loss, str):
        return loss
    if framework == "keras":
        _require_in_keras(loss)
        return loss
    name = _plain(loss)
    known = {_plain(one): own for own, more in ALIASES.items() for one in (own, *more)}
    if name not in known:
        raise ConfigError("loss", f"one of {', '.join(ALIASES)}, or a function", loss, _hint(loss))
    if framework == "torch":
        from echospan.adapters.torch.named_losses import LOSSES
    else:
        from echospan.adapters.jax.named_losses import LOSSES
    return LOSSES[known[name]]


def _plain(name: str) -> str:
    """Without what differs between one writing and another: MSELoss, mse_loss, mse."""
    return name.lower().replace("_", "").replace("-", "").replace(" ", "").removesuffix("loss")


def _hint(name: str) -> str:
    if name in OF_KERAS:
        return "cross_entropy takes logits (batch, ..., classes), and targets as integers or shares"
    return did_you_mean(name, ALIASES)


def _require_in_keras(name: str) -> None:
    """Keras finds its losses by name itself."""
    import keras

    try:
        keras.losses.get(name)
    except ValueError:
        raise ConfigError(
            "loss", "the name of a loss of Keras, such as mse, or a function", name
        ) from None

"""The loss that a module computes by itself if `forward` is given the targets, too.

Hugging Face's models do so. Some of them compare each answer with the target one step later.
"""

from __future__ import annotations

import inspect
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from echospan.adapters.signals import Structure
from echospan.adapters.torch.answers import by_name
from echospan.adapters.torch.clone import clone
from echospan.adapters.torch.devices import at_home
from echospan.adapters.torch.dividing import TARGETS

if TYPE_CHECKING:
    import torch

ROWS = 4
"""Samples that the loss is computed on."""

IGNORED = -100
"""The class of targets that torch's cross-entropy does not score."""

CLOSE = 1e-4
"""Relative difference below which two losses are the same."""

Loss = Callable[[Any, Any], Any]


@dataclass(frozen=True, eq=False)
class OwnLoss:
    """What a module computes of its targets.

    Attributes:
        function: ``function(outputs, targets)`` that gives the same number.
        name: What it is.
        shifted: Whether each answer is compared with the target one step later.
    """

    function: Loss
    name: str
    shifted: bool = False


@contextmanager
def _quiet() -> Iterator[None]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def argument_of(model: torch.nn.Module) -> str:
    """Name under which `forward` takes the targets; empty where it takes none."""
    names = inspect.signature(model.forward).parameters
    return next((name for name in TARGETS if len(name) > 1 and name in names), "")


def own_loss(
    model: torch.nn.Module, inputs: Sequence[np.ndarray], targets: np.ndarray, structure: Structure
) -> OwnLoss | None:
    """The usual loss function that gives what the module itself gives for some samples.

    Args:
        model: The user's; a copy is called.
        inputs: One array (samples, ...) for each input.
        targets: As many targets.
        structure: How the inputs are nested.

    Returns:
        None where `forward` takes no targets, gives no loss, or another than the usual ones.
    """
    import torch

    name = argument_of(model)
    if not name:
        return None
    try:
        made = clone(model, double=False)
        given = structure.pack([_tensor(each[:ROWS]) for each in inputs])
        wanted = _tensor(targets[:ROWS])
        with at_home(), torch.random.fork_rng(devices=[]), _quiet(), torch.no_grad():
            if structure.kind == "dict":
                parts = by_name(made(**given, **{name: wanted}))
            else:
                args = given if isinstance(given, tuple | list) else (given,)
                parts = by_name(made(*args, **{name: wanted}))
    except Exception:
        # It does not take them so: a loss of its own is not known.
        return None
    loss, scores = (parts or {}).get("loss"), (parts or {}).get("logits")
    if not isinstance(loss, torch.Tensor) or not isinstance(scores, torch.Tensor):
        return None
    return next((each for each in _usual() if _same(each, scores, wanted, loss)), None)


def decoder_input(model: torch.nn.Module, targets: np.ndarray) -> np.ndarray | None:
    """What an encoder-decoder model of Hugging Face's makes of its labels for its decoder.

    Args:
        model: The user's; a copy makes it.
        targets: Its labels (samples, time).

    Returns:
        Integers (samples, time); None where the model makes nothing of them.
    """
    make = "prepare_decoder_input_ids_from_labels"
    if not hasattr(model, make) or targets.ndim != 2 or targets.dtype.kind not in "iu":
        return None
    try:
        return np.asarray(getattr(clone(model, double=False), make)(labels=_tensor(targets)))
    except Exception:
        # It makes them in another way: the model then says itself what it lacks.
        return None


def shifted(targets: np.ndarray) -> np.ndarray:
    """Targets (samples, time) each one step earlier; the last step has none."""
    last = np.full_like(targets[:, :1], IGNORED)
    return np.concatenate([targets[:, 1:], last], axis=1)


def _usual() -> list[OwnLoss]:
    from torch.nn import functional

    def classes(outputs: Any, targets: Any) -> Any:
        return functional.cross_entropy(
            outputs.reshape(-1, outputs.shape[-1]), targets.reshape(-1).long()
        )

    def values(outputs: Any, targets: Any) -> Any:
        return functional.mse_loss(outputs.reshape(targets.shape), targets.to(outputs.dtype))

    def labels(outputs: Any, targets: Any) -> Any:
        return functional.binary_cross_entropy_with_logits(outputs, targets.to(outputs.dtype))

    return [
        OwnLoss(classes, "cross-entropy of the next step's target", shifted=True),
        OwnLoss(classes, "cross-entropy"),
        OwnLoss(values, "mean squared error"),
        OwnLoss(labels, "binary cross-entropy"),
    ]


def _same(tried: OwnLoss, scores: Any, targets: Any, loss: Any) -> bool:
    if tried.shifted:
        if targets.ndim < 2 or targets.shape[1] < 2 or targets.is_floating_point():
            return False
        targets = _tensor(shifted(targets.numpy()))
    try:
        found = float(tried.function(scores, targets))
    except Exception:
        # It does not take these shapes.
        return False
    return abs(found - float(loss)) <= CLOSE * max(abs(float(loss)), 1e-3)


def _tensor(values: np.ndarray) -> Any:
    import torch

    found = torch.as_tensor(np.array(values))
    if found.is_floating_point():
        return found.to(torch.get_default_dtype())
    return found if found.dtype is torch.bool else found.long()

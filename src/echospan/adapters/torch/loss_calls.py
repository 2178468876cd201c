"""Which of torch's own loss functions a user's loss calls, seen while it is tried."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from echospan.adapters.loss_call import Kind, LossCall, Takes

if TYPE_CHECKING:
    import torch

KNOWN: dict[str, tuple[Kind, Takes]] = {
    "mse_loss": ("squared", "values"),
    "l1_loss": ("absolute", "values"),
    "smooth_l1_loss": ("huber", "values"),
    "huber_loss": ("huber", "values"),
    "binary_cross_entropy": ("binary", "probabilities"),
    "binary_cross_entropy_with_logits": ("binary", "logits"),
    "cross_entropy": ("sparse", "logits"),
    "nll_loss": ("sparse", "log_probabilities"),
    "kl_div": ("divergence", "log_probabilities"),
}
"""Functions of `torch.nn.functional`; the classes call them, too."""

IGNORED = -100
"""The class that torch's cross-entropy does not score."""


def loss_calls(loss: Callable[..., Any], outputs: Any, targets: Any) -> list[LossCall]:
    """Call a loss and note which known functions it calls; what it raises is nobody's concern.

    Args:
        loss: The user's, ``loss(outputs, targets)``.
        outputs: Tensors, as the loss takes them.
        targets: Tensors, as the loss takes them.
    """
    import torch
    from torch.overrides import TorchFunctionMode

    found: list[LossCall] = []
    own = type(loss)
    told = f"torch.nn.{own.__name__}" if own.__module__.startswith("torch.nn.") else ""

    class Noting(TorchFunctionMode):  # type: ignore[misc]
        def __torch_function__(
            self, func: Any, types: Any, args: Any = (), kwargs: Any = None
        ) -> Any:
            keywords = kwargs or {}
            name = getattr(func, "__name__", "")
            if name in KNOWN and func is getattr(torch.nn.functional, name, None):
                found.extend(noted(name, told, args, keywords))
            return func(*args, **keywords)

    try:
        with warnings.catch_warnings(), torch.no_grad(), Noting():
            warnings.simplefilter("ignore")
            loss(outputs, targets)
    except Exception:
        # The loss refuses them: its own message says so when it is called.
        return found
    return found


def noted(name: str, told: str, args: Any, keywords: Any) -> list[LossCall]:
    """A call of a known function with its arguments; empty where it has no outputs or targets."""
    given = dict(zip(("input", "target"), args, strict=False)) | keywords
    outputs, targets = _array(given.get("input")), _array(given.get("target"))
    if outputs is None or targets is None or not outputs.ndim:
        return []
    kind, takes = KNOWN[name]
    if kind == "sparse" and targets.dtype.kind == "f" and targets.shape == outputs.shape:
        kind = "categorical"
    classes = kind in ("sparse", "categorical")
    return [
        LossCall(
            kind,
            takes,
            told or f"torch.nn.functional.{name}",
            outputs,
            targets,
            axis=1 if classes and outputs.ndim > 1 else -1,
            ignored=int(keywords.get("ignore_index", IGNORED)) if kind == "sparse" else None,
            delta=float(keywords.get("delta", keywords.get("beta", 1.0))),
        )
    ]


def _array(value: torch.Tensor | None) -> np.ndarray | None:
    if value is None or not hasattr(value, "detach"):
        return None
    found = value.detach().cpu()
    return np.asarray(found.float() if found.is_floating_point() else found)

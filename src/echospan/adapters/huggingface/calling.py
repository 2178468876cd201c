"""How `forward` of a causal language model is called: read from its signature."""

from __future__ import annotations

import inspect
import sys
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from echospan.adapters.huggingface.exceptions import EXCEPTIONS

CACHES = ("cache", "past_key_values", "cache_params", "state")
"""Names of the argument that takes the state, the newest first; the output has the same name."""


@dataclass(frozen=True)
class Call:
    """Arguments that a model takes.

    Attributes:
        cache: Name of the argument that takes the state; empty without one.
        mask: Whether it reads an attention mask.
        no_mask: Why not, where it takes one and does not read it.
        own_mask: Whether the mask covers the chunk alone, in place of all steps to date.
        positions: Whether it takes position ids.
        cache_position: Whether it takes the slots of the cache, as versions 4 do.
        keywords: Whether it takes more keyword arguments.
    """

    cache: str
    mask: bool
    no_mask: str
    own_mask: bool
    positions: bool
    cache_position: bool
    keywords: bool

    @classmethod
    def of(cls, model: Any) -> Call:
        """Read the signature."""
        parameters = inspect.signature(model.forward).parameters
        exception = EXCEPTIONS.get(getattr(model.config, "model_type", ""))
        no_mask = exception.no_mask if exception else ""
        if "attention_mask" not in parameters:
            no_mask = "its forward takes no attention_mask"
        return cls(
            next((name for name in CACHES if name in parameters), ""),
            not no_mask,
            no_mask,
            _drops_mask(model),
            "position_ids" in parameters,
            "cache_position" in parameters,
            any(each.kind is each.VAR_KEYWORD for each in parameters.values()),
        )

    def arguments(
        self,
        x: np.ndarray,
        state: Any,
        mask: np.ndarray | None,
        positions: np.ndarray | None,
        device: Any,
    ) -> dict[str, Any]:
        """Keyword arguments for one chunk, but for the wish for a cache."""
        given: dict[str, Any] = {"input_ids": torch.as_tensor(x, device=device)}
        if mask is not None and self.mask:
            part = mask[:, -x.shape[1] :] if self.own_mask else mask
            given["attention_mask"] = torch.as_tensor(part, device=device).long()
            if positions is None and not mask.all():
                positions = positions_of(mask)[:, -x.shape[1] :]
        if positions is not None and self.positions:
            given["position_ids"] = torch.as_tensor(positions, device=device).long()
        if state is not None:
            given[self.cache] = state
        if self.cache_position:
            past = 0 if state is None else int(state.get_seq_length())
            given["cache_position"] = torch.arange(past, past + x.shape[1], device=device)
        return given


def source_of(model: Any) -> str:
    """The source of the module in which a model's class is written; empty without one."""
    try:
        return inspect.getsource(sys.modules[type(model).__module__])
    except (KeyError, OSError, TypeError):
        return ""


def _drops_mask(model: Any) -> bool:
    """Whether a mask is multiplied with the chunk, so that `generate` drops it after the first."""
    source = source_of(model)
    drops = 'model_inputs["attention_mask"] = None' in source
    return drops and "create_recurrent_attention_mask" not in source


def positions_of(mask: np.ndarray) -> np.ndarray:
    """The position of each step among the real ones, as `generate` counts them."""
    positions: np.ndarray = np.maximum(np.cumsum(mask, 1) - 1, 0)
    return positions

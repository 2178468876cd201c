"""Several documents in one row, by the means that a model of transformers offers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch

from echospan.adapters.huggingface.calling import Call, source_of

POSITIONS = "position_ids"
KEYWORDS = "keywords"
"""All that `DataCollatorWithFlattening` gives: position_ids, seq_idx, cu_seq_lens_q and _k,
max_length_q and _k."""


def means_of(call: Call, recurrent: bool) -> tuple[str, ...]:
    """Names of the means. Attention alone needs no keywords on the PyTorch path."""
    found = [POSITIONS] if call.positions else []
    if call.positions and call.keywords and recurrent:
        found.append(KEYWORDS)
    return tuple(found)


def reads_keywords(model: Any) -> bool:
    """Whether the module of the model has one of the keywords in its source."""
    source = source_of(model)
    return any(name in source for name in ("seq_idx", "cu_seq_lens"))


def arguments_of(lengths: Sequence[int], means: str, device: Any) -> dict[str, Any]:
    """Keyword arguments that say where each document begins.

    Args:
        lengths: Steps of each document.
        means: One of `means_of`.
        device: Where they are needed.
    """
    positions = np.concatenate([np.arange(length) for length in lengths])[None]
    given: dict[str, Any] = {"position_ids": torch.as_tensor(positions, device=device)}
    if means == KEYWORDS:
        ends = torch.as_tensor(np.cumsum([0, *lengths]), device=device, dtype=torch.int32)
        rows = np.repeat(np.arange(len(lengths)), lengths)[None]
        given |= {
            "seq_idx": torch.as_tensor(rows, device=device, dtype=torch.int32),
            "cu_seq_lens_q": ends,
            "cu_seq_lens_k": ends,
            "max_length_q": max(lengths),
            "max_length_k": max(lengths),
        }
    return given

"""What a module answers, taken apart: a tensor, a tuple, a dictionary, or an object with fields."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

MAIN = ("logits", "prediction_logits", "prediction", "predictions", "output", "outputs")
"""Names of the part that a loss is computed from, before any other part."""

NOT_MAIN = ("loss", "losses")


def by_name(answer: Any) -> dict[str, Any] | None:
    """The parts of a dictionary or of an object with fields; None for tensors and plain tuples.

    Hugging Face's outputs are both; a named tuple is one only where it has a part like `logits`.
    """
    if isinstance(answer, Mapping):
        return dict(answer)
    if dataclasses.is_dataclass(answer) and not isinstance(answer, type):
        return {each.name: getattr(answer, each.name) for each in dataclasses.fields(answer)}
    if isinstance(answer, tuple):
        fields = getattr(answer, "_fields", ())
        named = {name: getattr(answer, name) for name in fields}
        return named if set(named) & set(MAIN) else None
    if not isinstance(answer, list) and hasattr(answer, "logits"):
        return {"logits": answer.logits}
    return None


def chosen(parts: Mapping[str, Any], names: Sequence[str]) -> list[Any]:
    """The outputs among the parts of an answer.

    Args:
        parts: By name.
        names: Names of the user's targets; without such parts, what a loss is computed from: the
            logits, or the first tensor that is no loss.
    """
    import torch

    asked = [parts[name] for name in names if name in parts]
    if asked:
        return asked
    tensors = {name: part for name, part in parts.items() if isinstance(part, torch.Tensor)}
    main = [tensors[name] for name in MAIN if name in tensors]
    rest = [part for name, part in tensors.items() if name not in NOT_MAIN and part.ndim > 0]
    # Several targets without names take the parts in order.
    return rest[: len(names)] if len(names) > 1 else (main or rest)[:1]

"""Findings about a loss function and the shapes that it is given."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from echospan.doctor.finding import find
from echospan.doctor.ports import Port
from echospan.doctor.torch_modules.clone import NotCloneable
from echospan.doctor.torch_modules.copying import Copy
from echospan.results.check_report import Finding

if TYPE_CHECKING:
    import torch

ROWS = 5
"""Samples that the loss is tried on."""


def loss_findings(copied: Copy, loss: Callable[..., Any], target: Port) -> list[Finding]:
    """Outputs and targets that a loss spreads over each other, or a softmax of one class.

    The loss is tried on a copy of itself without reduction, where it has one.

    Args:
        copied: A copy of the module with `ROWS` rows.
        loss: As the user calls it.
        target: The output and its targets.
    """
    import copy

    import torch

    try:
        outputs = copied.run([copied.around(0, copied.chosen())])[0][target.number]
    except NotCloneable:
        return []
    targets = torch.as_tensor(np.array(target.values[: copied.rows]))
    if not copied.batch_first and targets.ndim >= 2:
        targets = targets.transpose(0, 1)
    if targets.is_floating_point():
        targets = targets.double()
    if isinstance(loss, torch.nn.CrossEntropyLoss) and outputs.shape[-1] == 1:
        return [_one_class(outputs)]
    tried: Any = copy.deepcopy(loss) if isinstance(loss, torch.nn.Module) else loss
    if hasattr(tried, "reduction"):
        tried.reduction = "none"
    try:
        with warnings.catch_warnings(), torch.no_grad():
            # Torch warns of the very thing that is looked for.
            warnings.simplefilter("ignore")
            size = int(tried(outputs, targets).numel())
    except Exception:
        # The loss refuses these shapes: its own message says so when it is called.
        return []
    if size <= max(outputs.numel(), targets.numel()):
        return []
    return [
        find(
            "output-constant",
            f"The loss meets targets {tuple(targets.shape)} with outputs {tuple(outputs.shape)} "
            f"and makes {size} differences of all pairs: its best answer is one number for all "
            "samples.",
            remedy=f"{target.place} = {target.place}[:, None]",
            targets=list(targets.shape),
            outputs=list(outputs.shape),
            pairs=size,
        )
    ]


def _one_class(outputs: torch.Tensor) -> Finding:
    return find(
        "output-constant",
        f"Cross-entropy over a single class (outputs {tuple(outputs.shape)}): the softmax of one "
        "number is 1 whatever the input.",
        remedy="loss = torch.nn.BCEWithLogitsLoss()  # or one output for each class",
        outputs=list(outputs.shape),
    )

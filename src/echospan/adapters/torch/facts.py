"""What a torch module says about itself; nothing is run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from echospan.adapters.facts import Facts

if TYPE_CHECKING:
    import torch

RECURRENT = ("RNN", "LSTM", "GRU", "RNNCell", "LSTMCell", "GRUCell")


def facts(model: torch.nn.Module) -> Facts:
    """Read a module's own settings."""
    import torch

    sizes = [m.num_embeddings for m in model.modules() if isinstance(m, torch.nn.Embedding)]
    floats = [p.dtype for p in model.parameters() if p.is_floating_point()]
    precision = str(floats[0] if floats else torch.get_default_dtype())
    return Facts(
        framework="torch",
        backend="torch",
        parameters=sum(parameter.numel() for parameter in model.parameters()),
        precision=precision.removeprefix("torch."),
        recurrent=tuple(
            name or type(module).__name__
            for name, module in model.named_modules()
            if type(module).__name__ in RECURRENT
        ),
        vocabulary=min(sizes, default=None),
        symbols=bool(sizes),
    )

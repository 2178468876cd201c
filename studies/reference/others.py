"""Architectures of other packages, by functions that `echospan span` takes.

    echospan span studies/reference/others.py:torchrecurrent_mgu --params 1000

Inputs are symbols. Only the output layer is added, so that what is measured is theirs.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import nn

from echospan.adapters.huggingface.memory import numbers_kept


class WithOutputs(nn.Module):  # type: ignore[misc]
    """A recurrent layer of torch's form, one-hot inputs (batch, time, symbols), and an output."""

    def __init__(self, memory: nn.Module, units: int, symbols: int) -> None:
        super().__init__()
        self.memory, self.answer = memory, nn.Linear(units, symbols)

    def forward(self, x: Any, state: Any = None) -> tuple[Any, Any]:
        """Scores (batch, time, symbols), and the state after the last step."""
        y, state = self.memory(x) if state is None else self.memory(x, state)
        return self.answer(y), state


class OfHuggingFace(nn.Module):  # type: ignore[misc]
    """A causal language model of transformers on symbols (batch, time), as whole sequences."""

    echospan_input = "integers"

    def __init__(self, model: nn.Module) -> None:
        super().__init__()
        self.model = model
        if (numbers := numbers_kept(model)) is not None:
            self.echospan_state_bits = 32 * numbers

    def forward(self, x: Any) -> Any:
        """Scores (batch, time, symbols)."""
        return self.model(input_ids=x, use_cache=False).logits


def _torchrecurrent(name: str, symbols: int, units: int) -> nn.Module:
    import torchrecurrent

    layer = getattr(torchrecurrent, name)(symbols, units, batch_first=True)
    return WithOutputs(layer, units, symbols)


def torchrecurrent_mgu(symbols: int, units: int = 16) -> nn.Module:
    """A minimal gated unit."""
    return _torchrecurrent("MGU", symbols, units)


def torchrecurrent_lightru(symbols: int, units: int = 16) -> nn.Module:
    """A light recurrent unit."""
    return _torchrecurrent("LightRU", symbols, units)


def torchrecurrent_ran(symbols: int, units: int = 16) -> nn.Module:
    """A recurrent additive network."""
    return _torchrecurrent("RAN", symbols, units)


def torchrecurrent_indrnn(symbols: int, units: int = 16) -> nn.Module:
    """An independently recurrent network."""
    return _torchrecurrent("IndRNN", symbols, units)


def torch_lstm(symbols: int, units: int = 16) -> nn.Module:
    """PyTorch's own LSTM."""
    return WithOutputs(nn.LSTM(symbols, units, batch_first=True), units, symbols)


def _hugging_face(kind: str, **sizes: Any) -> nn.Module:
    import transformers

    config = getattr(transformers, f"{kind}Config")(
        pad_token_id=None, bos_token_id=None, eos_token_id=None, **sizes
    )
    made: Any = getattr(transformers, f"{kind}ForCausalLM")(config)
    with torch.no_grad():
        return OfHuggingFace(made)


def hugging_face_mamba(symbols: int, units: int = 16) -> nn.Module:
    """One layer of Mamba with a state of four numbers a channel."""
    return _hugging_face(
        "Mamba",
        vocab_size=symbols,
        hidden_size=units,
        state_size=4,
        num_hidden_layers=1,
        time_step_rank=1,
    )


def hugging_face_rwkv(symbols: int, units: int = 16) -> nn.Module:
    """Two layers of RWKV 4, the fewest that it can be made with."""
    return _hugging_face(
        "Rwkv",
        vocab_size=symbols,
        hidden_size=units,
        attention_hidden_size=units,
        intermediate_size=2 * units,
        num_hidden_layers=2,
    )


def hugging_face_xlstm(symbols: int, units: int = 16) -> nn.Module:
    """One block of xLSTM (mLSTM) with one head; its width is a multiple of eight."""
    return _hugging_face(
        "xLSTM",
        vocab_size=symbols,
        hidden_size=8 * max(1, units // 8),
        num_heads=1,
        num_hidden_layers=1,
        chunkwise_kernel="chunkwise--native_autograd",
        sequence_kernel="native_sequence__native",
        step_kernel="native",
    )

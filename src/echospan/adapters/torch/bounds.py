"""The bounds of a torch module's outputs, read from the autograd graph that leads to them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from math import inf
from typing import TYPE_CHECKING, Any

from echospan.adapters.bounds import Bounds, of_activation, of_recurrent, product, times, union
from echospan.adapters.torch.graph import tensors

if TYPE_CHECKING:
    import torch

ACTIVATIONS = {
    "Sigmoid": "sigmoid", "Hardsigmoid": "hard_sigmoid", "Softmax": "softmax", "Tanh": "tanh",
    "Relu": "relu", "Softplus": "softplus", "Exp": "exponential", "Gelu": "gelu", "Silu": "silu",
    "Mish": "mish",
}  # fmt: skip
"""Activations by the name of their node."""

SAME = {
    "View", "UnsafeView", "ReshapeAlias", "Squeeze", "Unsqueeze", "Transpose", "T", "Permute",
    "Select", "Slice", "Expand", "Clone", "ToCopy", "Index", "IndexSelect", "Alias", "Gather",
    "Unbind", "Split", "Swapaxes", "Narrow", "Mean", "Max", "Min", "Amax", "Amin",
    "MaxPool2DWithIndices", "AvgPool2D", "AdaptiveAvgPool2D",
}  # fmt: skip
"""Nodes whose values lie in the range of their input's."""

MOST_STEPS = 2_000
"""Nodes that are followed at most."""

Place = tuple[Any, int]
"""A node, and which of its outputs."""


@dataclass
class Recorded:
    """Which module made which value, while a model was called.

    Attributes:
        names: Path of the module that returned the value of a node last.
        recurrent: Bounds of what recurrent modules returned.
        kept: The nodes, which must live for their places to stay theirs.
    """

    names: dict[Place, str] = field(default_factory=dict)
    recurrent: dict[Place, Bounds | None] = field(default_factory=dict)
    kept: list[Any] = field(default_factory=list)


@contextmanager
def recording(model: torch.nn.Module) -> Iterator[Recorded]:
    """Note which module returns what, as long as it is open."""
    found = Recorded()

    def note(path: str, module: torch.nn.Module) -> Any:
        def hook(_: Any, inputs: Any, outputs: Any) -> None:
            for number, tensor in enumerate(tensors(outputs)):
                if tensor.grad_fn is None:
                    continue
                place = tensor.grad_fn, tensor.output_nr
                found.kept.append(place)
                bounds = _of_module(path, module, number)
                if bounds is not None:
                    found.recurrent[place] = bounds
                elif path and not list(module.children()):
                    found.names.setdefault(place, path)

        return module.register_forward_hook(hook)

    handles = [note(path, module) for path, module in model.named_modules()]
    try:
        yield found
    finally:
        for handle in handles:
            handle.remove()


def _of_module(path: str, module: torch.nn.Module, number: int) -> Bounds | None:
    """Bounds of the outputs of a recurrent module of torch's own, and of its last outputs."""
    import torch

    if type(module) is torch.nn.LSTM and not module.proj_size and number < 2:
        return of_recurrent("LSTM", "tanh", "sigmoid", path)
    if type(module) is torch.nn.LSTMCell and number == 0:
        return of_recurrent("LSTM", "tanh", "sigmoid", path)
    if type(module) in (torch.nn.GRU, torch.nn.GRUCell):
        return of_recurrent("GRU", "tanh", "sigmoid", path)
    if type(module) in (torch.nn.RNN, torch.nn.RNNCell):
        return of_recurrent("SimpleRNN", str(module.nonlinearity), "", path)
    return None


def output_bounds(outputs: Sequence[torch.Tensor], recorded: Recorded) -> list[Bounds | None]:
    """The bounds of each output."""
    return [
        None
        if output.grad_fn is None
        else _Walk(recorded).bounds((output.grad_fn, output.output_nr))
        for output in outputs
    ]


class _Walk:
    def __init__(self, recorded: Recorded) -> None:
        self._recorded, self._left = recorded, MOST_STEPS

    def bounds(self, place: Place) -> Bounds | None:
        while self._left > 0:
            self._left -= 1
            if place in self._recorded.recurrent:
                return self._recorded.recurrent[place]
            node, _ = place
            name = type(node).__name__.partition("Backward")[0]
            before = [following for following in node.next_functions if following[0] is not None]
            if name in ACTIVATIONS:
                found = of_activation(ACTIVATIONS[name])
                path = self._recorded.names.get(place, "")
                return None if found is None else replace(found, layer=path)
            if name == "Hardtanh":
                path = self._recorded.names.get(place, "")
                return Bounds(
                    float(node._saved_min_val), float(node._saved_max_val), "hardtanh", path
                )
            if name in ("Clamp", "Elu", "Abs"):
                return _of_node(name, node, self._recorded.names.get(place, ""))
            if name in ("Cat", "Stack"):
                if len(before) < len(node.next_functions):
                    return None
                return union([self.bounds(each) for each in before])
            if name == "Mul" and len(before) == 1:
                factor = node._saved_other
                single = factor is not None and factor.numel() == 1
                return times(self.bounds(before[0]), float(factor)) if single else None
            if name == "Mul" and len(before) == len(node.next_functions) == 2:
                return product(*(self.bounds(each) for each in before))
            if name not in SAME or len(before) != 1:
                return None
            place = before[0]
        return None


def _of_node(name: str, node: Any, path: str) -> Bounds | None:
    """Bounds that depend on the settings of an operation."""
    if name == "Abs":
        return Bounds(0.0, inf, "abs", path)
    if name == "Elu":
        return Bounds(-float(node._saved_alpha) * float(node._saved_scale), inf, "elu", path)
    low, high = node._saved_min, node._saved_max
    if not isinstance(low, int | float) or not isinstance(high, int | float | None):
        return None
    return Bounds(float(low), inf if high is None else float(high), "clamp", path)

"""Which parameters of a copy a gradient reaches; the graph of one call is looked at."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any

from echospan.adapters.teaching import Teaching, Weight
from echospan.adapters.torch.graph import gradients, tensors
from echospan.adapters.torch.randomness import user_line
from echospan.adapters.torch.weights import held_parameters

if TYPE_CHECKING:
    import torch

SOFTMAX = ("softmax", "log_softmax", "_softmax", "softmin")


def teaching(model: torch.nn.Module, call: Any) -> Teaching:
    """Call a copy and differentiate all that it answers.

    Args:
        model: The copy.
        call: Calls it, and returns all that `forward` returns.
    """
    import torch

    called: set[int] = set()
    handles = [
        module.register_forward_pre_hook(lambda own, _: called.add(id(own)))
        for module in model.modules()
    ]
    mode = _softmaxes()
    try:
        with mode:
            answer = call()
    finally:
        for handle in handles:
            handle.remove()
    own = dict(model.named_parameters())
    held = {name: p for name, p in held_parameters(model).items() if p.requires_grad}
    roots = [each for each in tensors(answer) if each.is_floating_point() and each.requires_grad]
    generator = torch.Generator().manual_seed(7)
    total = sum(
        ((root * torch.randn(root.shape, generator=generator).to(root)).sum() for root in roots),
        torch.zeros(()),
    )
    names = list(held)
    if roots:
        linked = torch.autograd.grad(total, list(held.values()), allow_unused=True,
                                     retain_graph=True) if held else ()  # fmt: skip
        slopes = gradients(total, list(held.values())) if held else []
    else:
        linked, slopes = (None,) * len(names), [torch.zeros_like(p) for p in held.values()]
    weights: dict[str, Weight] = {}
    for name, link, slope in zip(names, linked, slopes, strict=True):
        for part, piece in _pieces(model, name, slope):
            weights[part] = Weight(
                piece.numel(),
                float(piece.abs().max()) if piece.numel() else 0.0,
                connected=link is not None,
                registered=name in own,
            )
    idle = [path for path, module in model.named_modules() if path and id(module) not in called]
    elsewhere = [path for path in idle if _spoken_of(model, path)]
    known = {
        name: weight
        for name, weight in weights.items()
        if weight.connected or not any(name.startswith(f"{path}.") for path in elsewhere)
    }
    return Teaching(known, tuple(dict.fromkeys(mode.found)), tuple(idle))


def _pieces(
    model: torch.nn.Module, name: str, slope: torch.Tensor
) -> list[tuple[str, torch.Tensor]]:
    """A gradient, or the parts of one that stands for the query, the key and the value."""
    import torch

    path, _, last = name.rpartition(".")
    if last not in ("in_proj_weight", "in_proj_bias"):
        return [(name, slope)]
    try:
        module = model.get_submodule(path)
    except AttributeError:
        return [(name, slope)]
    if not isinstance(module, torch.nn.MultiheadAttention):
        return [(name, slope)]
    parts = zip(("query", "key", "value"), slope.chunk(3), strict=True)
    return [(f"{path}.{part}.{last}".lstrip("."), piece) for part, piece in parts]


def _spoken_of(model: torch.nn.Module, path: str) -> bool:
    """Whether a method other than `forward` speaks of a module: the user's loop may call it."""
    parent, _, name = path.rpartition(".")
    try:
        holder = model.get_submodule(parent)
    except AttributeError:
        return True
    for kind in type(holder).__mro__:
        if kind.__module__.startswith("torch."):
            break
        for title, function in vars(kind).items():
            code = (
                getattr(inspect.unwrap(function), "__code__", None) if callable(function) else None
            )
            if code is None or title in ("__init__", "forward"):
                continue
            if name in code.co_names:
                return True
    return False


def _softmaxes() -> Any:
    """A mode that notes each softmax over an axis of length one."""
    import torch
    from torch.overrides import TorchFunctionMode

    class Softmaxes(TorchFunctionMode):  # type: ignore[misc, unused-ignore]
        def __init__(self) -> None:
            super().__init__()
            self.found: list[str] = []

        def __torch_function__(
            self, function: Any, types: Any, args: Any = (), kwargs: Any = None
        ) -> Any:
            given = kwargs or {}
            if getattr(function, "__name__", "") in SOFTMAX:
                values = args[0] if args else given.get("input")
                dim = args[1] if len(args) > 1 else given.get("dim")
                if (
                    isinstance(values, torch.Tensor)
                    and isinstance(dim, int)
                    and -values.ndim <= dim < values.ndim
                    and values.shape[dim] == 1
                ):
                    shape, line = tuple(values.shape), user_line()
                    self.found.append(
                        f"softmax(dim={dim}) of a tensor {shape}" + (f" at {line}" if line else "")
                    )
            return function(*args, **given)

    return Softmaxes()

"""Running the user's own module once, and leaving it as it was."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import torch


def may_run(model: torch.nn.Module) -> bool:
    """Whether a call leaves nothing behind that can't be put back.

    A module with hooks tells others of each call, one without sizes gets its weights by the first,
    and one on a device computes in its own way.
    """
    import torch

    for module in model.modules():
        if module._forward_hooks or module._forward_pre_hooks:
            return False
    tensors = [*model.parameters(), *model.buffers()]
    lazy = torch.nn.parameter.is_lazy
    return not any(lazy(each) or each.device.type != "cpu" for each in tensors)


@contextmanager
def as_it_was(model: torch.nn.Module) -> Iterator[None]:
    """In evaluation mode inside; afterwards mode, attributes, buffers and weights as before."""
    import torch

    modules = list(model.modules())
    kept = [_contents(vars(module)) for module in modules]
    registered = [(dict(m._buffers), dict(m._parameters)) for m in modules]
    values = [(each, each.detach().clone()) for each in _tensors(modules)]
    modes = [module.training for module in modules]
    model.eval()
    try:
        yield
    finally:
        for module, own, (buffers, parameters), mode in zip(
            modules, kept, registered, modes, strict=True
        ):
            _put_back(vars(module), own)
            module._buffers.clear()
            module._buffers.update(buffers)
            module._parameters.clear()
            module._parameters.update(parameters)
            vars(module)["training"] = mode
        with torch.no_grad():
            for tensor, value in values:
                if not _equal(tensor, value):
                    tensor.copy_(value)


def used_by(model: torch.nn.Module) -> Any:
    """A context that notes which of a module's weights are used in it, as names in ``used``."""
    from torch.overrides import TorchFunctionMode

    names = {id(each): name for name, each in [*model.named_parameters(), *model.named_buffers()]}

    class Noting(TorchFunctionMode):  # type: ignore[misc, unused-ignore]
        def __init__(self) -> None:
            super().__init__()
            self.used: list[str] = []

        def __torch_function__(
            self, function: Any, types: Any, args: Any = (), kwargs: Any = None
        ) -> Any:
            given = [*args, *(kwargs or {}).values()]
            parts = [part for each in given for part in _flat(each)]
            self.used += [names[id(part)] for part in parts if id(part) in names]
            return function(*args, **(kwargs or {}))

    return Noting()


def _flat(value: Any) -> list[Any]:
    return list(value) if isinstance(value, list | tuple) else [value]


def _tensors(modules: list[torch.nn.Module]) -> list[torch.Tensor]:
    import torch

    found: dict[int, torch.Tensor] = {}
    for module in modules:
        own = [*module._parameters.values(), *module._buffers.values(), *vars(module).values()]
        for value in own:
            parts = value if isinstance(value, list | tuple) else [value]
            found.update({id(p): p for p in parts if isinstance(p, torch.Tensor)})
    return list(found.values())


def _contents(own: dict[str, Any]) -> dict[str, Any]:
    """Attributes, each with what a list or a dictionary of the user's holds."""
    found: dict[str, Any] = {}
    for name, value in own.items():
        if name.startswith("_") and type(value) is dict:
            # Torch's own tables: a call of the module does not change them but through others.
            found[name] = (value, None)
        elif isinstance(value, list | deque | set | dict):
            found[name] = (value, type(value)(value))
        else:
            found[name] = (value, None)
    return found


def _put_back(own: dict[str, Any], kept: dict[str, Any]) -> None:
    for name in [each for each in own if each not in kept]:
        del own[name]
    for name, (value, contents) in kept.items():
        own[name] = value
        if contents is None or value == contents:
            continue
        value.clear()
        if isinstance(value, list | deque):
            value.extend(contents)
        else:
            value.update(contents)


def _equal(one: Any, other: Any) -> bool:
    import torch

    return bool(torch.equal(one, other))

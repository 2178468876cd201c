"""Finding the module in which rows meet: one row's input is changed, and each output compared."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

from echospan.adapters.row_mixer import RowMixer
from echospan.adapters.torch.graph import tensors
from echospan.adapters.torch.randomness import user_line

if TYPE_CHECKING:
    import torch

Call = Callable[[], Any]


def row_mixer(
    model: torch.nn.Module, first: Call, second: Call, row: int, rows: int
) -> RowMixer | None:
    """The first module whose inputs or outputs hold one row's change at other rows.

    Args:
        model: The clone.
        first: Calls it.
        second: Calls it with another input in one row.
        row: That row; not the last, for a layer that runs along the batch tells later rows only.
        rows: Rows of the batch.
    """
    before, after = _calls(model, first), _calls(model, second)
    if [name for name, *_ in before] != [name for name, *_ in after]:
        return None
    for (name, module, came, went), (_, _, came_then, went_then) in zip(before, after, strict=True):
        apart = _apart(came, came_then, row, rows)
        if apart is False:
            return RowMixer(name, type(module).__name__, inside=False)
        if apart and _apart(went, went_then, row, rows) is False:
            time_first = getattr(module, "batch_first", None) is False
            return RowMixer(name, type(module).__name__, inside=True, time_first=time_first)
    return None


def softmax_over_rows(call: Call, rows: int) -> RowMixer | None:
    """A softmax along an axis that has as many places as the batch has rows, and no other has."""
    from torch.overrides import TorchFunctionMode

    found: list[RowMixer] = []

    class Recorder(TorchFunctionMode):  # type: ignore[misc, unused-ignore]
        def __torch_function__(
            self, function: Any, types: Any, args: Any = (), kwargs: Any = None
        ) -> Any:
            name = getattr(function, "__name__", "")
            if name in ("softmax", "log_softmax") and args:
                given = {**dict(zip(("input", "dim"), args, strict=False)), **(kwargs or {})}
                axis, shape = given.get("dim"), tuple(args[0].shape)
                if isinstance(axis, int) and shape[axis] == rows and shape.count(rows) == 1:
                    kind = f"{name}(dim={axis})"
                    found.append(RowMixer("", kind, inside=False, line=user_line()))
            return function(*args, **(kwargs or {}))

    with Recorder():
        call()
    return found[0] if found else None


def _calls(model: torch.nn.Module, call: Call) -> list[tuple[str, Any, list[Any], list[Any]]]:
    """Name, module, inputs and outputs of every call of a module inside, inner ones first."""
    found: list[tuple[str, Any, list[Any], list[Any]]] = []

    def listening(name: str) -> Any:
        def hook(module: Any, args: Any, kwargs: Any, output: Any) -> None:
            came = [each.detach().clone() for each in tensors([args, kwargs])]
            # Of a recurrent layer the outputs, not its state, whose rows are not its first axis.
            went = [each.detach().clone() for each in tensors(output)[:1]]
            found.append((name, module, came, went))

        return hook

    with ExitStack() as stack:
        for name, module in model.named_modules():
            if name:
                handle = module.register_forward_hook(listening(name), with_kwargs=True)
                stack.callback(handle.remove)
        call()
    return found


def _apart(first: list[Any], second: list[Any], row: int, rows: int) -> bool | None:
    """Whether what changed stands at one row alone, along some axis; None where nothing changed."""
    changed = False
    for one, other in zip(first, second, strict=True):
        if one.shape != other.shape:
            return None
        different = one != other
        if not bool(different.any()):
            continue
        changed = True
        alone = False
        for axis, size in enumerate(one.shape):
            # Rows may be folded together with another axis.
            if size % rows:
                continue
            others = [each for each in range(one.ndim) if each != axis]
            along = different.amax(others) if others else different
            places = along.nonzero().flatten().tolist()
            alone |= size == rows and places == [row]
            alone |= size > rows and (
                all(place % rows == row for place in places)
                or all(place // (size // rows) == row for place in places)
            )
        if not alone:
            return False
    return True if changed else None

"""A torch module with its optimizer as named arrays, and back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from echospan.adapters.torch.trainer import TorchRun, torch_module
from echospan.adapters.trainable import fit_in


def to_arrays(run: TorchRun) -> dict[str, np.ndarray]:
    """Copies of the module's tensors, and of what the optimizer keeps of each parameter.

    Raises:
        NotImplementedError: Something in it is no tensor, or of a type that NumPy lacks.
    """
    arrays = {f"module.{name}": _array(value) for name, value in run.module.state_dict().items()}
    if run.optimizer is None:
        return arrays
    kept = run.optimizer.state_dict()
    for number, group in enumerate(kept["param_groups"]):
        arrays[f"rate.{number}"] = np.array(group["lr"], "float64")
    for number, state in kept["state"].items():
        for name, value in state.items():
            arrays[f"optimizer.{number}.{name}"] = _array(value)
    return arrays


def from_arrays(run: TorchRun, arrays: Mapping[str, np.ndarray]) -> TorchRun:
    """Give a new run what another one of the same module had.

    Args:
        run: A new one; it is changed.
        arrays: What `to_arrays` gave.

    Raises:
        CorruptRun: An array is missing, or has another shape than the module's.
    """
    torch = torch_module()
    own = {name: value for name, value in arrays.items() if name.startswith("module.")}
    like = {f"module.{name}": tuple(v.shape) for name, v in run.module.state_dict().items()}
    fit_in(own, like)
    run.module.load_state_dict(
        {name.removeprefix("module."): torch.as_tensor(own[name]) for name in like}
    )
    if run.optimizer is None:
        return run
    kept = run.optimizer.state_dict()
    states: dict[int, dict[str, Any]] = {}
    for name, value in arrays.items():
        kind, _, rest = name.partition(".")
        if kind == "rate":
            kept["param_groups"][int(rest)]["lr"] = float(value)
        elif kind == "optimizer":
            number, _, key = rest.partition(".")
            states.setdefault(int(number), {})[key] = torch.as_tensor(value)
    run.optimizer.load_state_dict({**kept, "state": states})
    return run


def _array(value: Any) -> np.ndarray:
    try:
        return np.array(value.detach().cpu().numpy())
    except (AttributeError, TypeError) as error:
        raise NotImplementedError(f"{type(value).__name__} is no array") from error

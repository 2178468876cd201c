"""The lines of a script that runs a module without echospan."""

from __future__ import annotations

from typing import TYPE_CHECKING

from echospan.adapters.stateful import Script
from echospan.adapters.torch.state_calls import Convention
from echospan.adapters.torch.state_signature import StateSignature
from echospan.adapters.torch.stateful_arguments import MaskStyle

if TYPE_CHECKING:
    import torch

OWN = ("RNN", "LSTM", "GRU", "RNNCell", "LSTMCell", "GRUCell")
"""Torch's classes whose text is the call that makes them."""

MADE = "model = model if isinstance(model, torch.nn.Module) else model()"
"""A name may stand for a module, or for a class or function that makes one."""

ENLARGED = (
    "for p in model.parameters():  # Larger weights: a lost state shows.",
    "    if p.dim() > 1:",
    "        torch.nn.init.normal_(p, std=p[0].numel() ** -0.5)",
)


def script_of(
    module: torch.nn.Module,
    source: str,
    signature: StateSignature,
    convention: Convention,
    axis: int | None,
    mask: MaskStyle,
) -> Script | None:
    """Lines that make the module, its inputs and its calls.

    Args:
        module: The user's.
        source: ``FILE.py:name`` of what makes it; empty where that is not known.
        signature: What its `forward` takes.
        convention: How it is fed and read.
        axis: The axis of the rows in each tensor of its state; None where they differ, or where
            the state is more than tuples of tensors.
        mask: How it takes a mask.

    Returns:
        None where it is not known how the module is made, or where its calls are not of a form
        that a few lines can show.
    """
    made = _made(module, source)
    plain = convention.layout in ("pair", "rest", "both", "state") and not convention.starts
    plain = plain and convention.zeros is None
    by_method = signature.start or (signature.by_place and not signature.states)
    if made is None or not plain or by_method:
        return None
    return Script(
        build=(
            "import numpy as np", "import torch", *made[0],
            "torch.set_default_dtype(torch.float64)",
            "torch.set_grad_enabled(False)",
            "torch.manual_seed(0)",
            f"model = {made[1]}",
            *((MADE,) if source else ()),
            "model = model.double().eval()",
            *ENLARGED,
        ),
        inputs=_inputs(convention),
        run=(*_run(signature, convention, mask), "", *_whole(signature, convention, mask)),
        parts={"save": _save(), **({} if axis is None else {"rows": _rows(axis)})},
    )  # fmt: skip


def _made(module: torch.nn.Module, source: str) -> tuple[tuple[str, ...], str] | None:
    """Imports, and the expression that makes the module."""
    kind = type(module)
    if source:
        place, _, name = source.rpartition(":")
        if not place.endswith(".py"):
            return (f"from {place} import {name}",), name
        return (
            "import importlib.util",
            f"spec = importlib.util.spec_from_file_location('own', {place!r})",
            "own = importlib.util.module_from_spec(spec)",
            "spec.loader.exec_module(own)",
        ), f"own.{name}"
    if kind.__module__.startswith("torch.nn.") and kind.__name__ in OWN:
        return (), f"torch.nn.{module!r}"
    return None


def _inputs(convention: Convention) -> tuple[str, ...]:
    lines = ("def inputs(batch, time, seed):", "    rng = np.random.default_rng(seed)")
    if convention.symbols is None:
        size = "".join(f", {width}" for width in convention.step)
        return (*lines, f"    return rng.normal(size=(batch, time{size}))")
    allowed = [k for k in range(convention.symbols) if k not in convention.avoided]
    values = f"{allowed!r}" if convention.avoided else f"{convention.symbols}"
    return (*lines, f"    return rng.choice({values}, (batch, time))")


def _named(signature: StateSignature, *, state: bool) -> str:
    """Named arguments of a call."""
    found = []
    if state:
        names = signature.states
        found += [f"{name}=True" for name in signature.flags]
        found += (
            [f"{names[0]}=state"] if len(names) == 1
            else [f"{name}=state and state[{n}]" for n, name in enumerate(names)]
        )  # fmt: skip
    if signature.mask:
        found.append(f"{signature.mask}=mask")
    if signature.positions:
        found.append(f"{signature.positions}=positions")
    return "".join(f", {each}" for each in found)


def _given(signature: StateSignature, convention: Convention, mask: MaskStyle) -> list[str]:
    """Lines that turn arrays into tensors as the module takes them."""
    turned = "" if convention.batch_first else ".transpose(0, 1)"
    lines = [f"    x = torch.as_tensor(x){turned}"]
    cut = f"mask[:, -x.shape[{0 if turned else 1}]:]" if mask.own else "mask"
    for name, value in ((signature.mask, cut), (signature.positions, "positions")):
        if name:
            kept = value.partition("[")[0]
            lines.append(f"    if {kept} is not None:")
            lines.append(f"        {kept} = torch.as_tensor({value}){turned}")
    return lines


def _run(signature: StateSignature, convention: Convention, mask: MaskStyle) -> tuple[str, ...]:
    named = _named(signature, state=True)
    head = "def run(x, state, mask=None, positions=None):"
    if convention.cell:
        parts = {"both": "y, y", "state": "y[0], y", "rest": "y[0], y[1:]"}
        return (
            head,
            "    answers = []",
            "    for step in range(x.shape[1]):",
            f"        y = model(torch.as_tensor(x[:, step]){named})",
            f"        y, state = {parts.get(convention.layout, 'y[0], y[1]')}",
            "        answers.append(y.numpy())",
            "    return np.stack(answers, 1), state",
        )
    rest = "*state" if convention.layout == "rest" else "state"
    return (
        head,
        *_given(signature, convention, mask),
        f"    y, {rest} = model(x{named})",
        f"    return {_array(convention)}, state",
    )


def _whole(signature: StateSignature, convention: Convention, mask: MaskStyle) -> tuple[str, ...]:
    head = "def whole(x, mask=None, positions=None):"
    if convention.cell:
        return (head, "    return run(x, None)[0]")
    return (
        head,
        *_given(signature, convention, mask),
        f"    y = model(x{_named(signature, state=False)})",
        "    y = y[0] if isinstance(y, tuple) else y",
        f"    return {_array(convention)}",
    )


def _array(convention: Convention) -> str:
    return "y.numpy()" if convention.batch_first else "y.transpose(0, 1).numpy()"


def _rows(axis: int) -> tuple[str, ...]:
    """Rows of a state of tensors in tuples."""
    return (
        "def rows(state, index):",
        "    if isinstance(state, torch.Tensor):",
        f"        return state.index_select({axis}, torch.as_tensor(index))",
        "    return type(state)(rows(part, index) for part in state)",
    )


def _save() -> tuple[str, ...]:
    return (
        "def save(state):",
        "    import io",
        "    file = io.BytesIO()",
        "    torch.save(state, file)",
        "    file.seek(0)",
        "    return torch.load(file, weights_only=False)",
    )

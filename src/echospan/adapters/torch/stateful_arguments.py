"""How a module takes a mask, and whether it needs positions: found out by calling a copy."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from echospan.adapters.torch.conventions import STILL, Trials
from echospan.adapters.torch.state_calls import Caller, Convention
from echospan.adapters.torch.state_signature import StateSignature

if TYPE_CHECKING:
    import torch

KINDS = ("bool", "int64", "float64")
"""Types in which a mask is tried, in order."""

TIME, CUT = 7, 4


@dataclass(frozen=True)
class MaskStyle:
    """How a mask is given.

    Attributes:
        refused: Why there is none; empty where there is one.
        own: Whether it is that of the chunk alone, or else of all steps to date.
        kind: Its type.
    """

    refused: str = ""
    own: bool = False
    kind: str = "bool"

    def given(self, mask: np.ndarray, time: int) -> torch.Tensor:
        """What the module is given for a mask (batch, steps to date) and the newest steps."""
        import torch

        values = mask[:, mask.shape[1] - time :] if self.own else mask
        return torch.as_tensor(np.array(values).astype(self.kind))


NO_MASK = MaskStyle("forward takes no mask")


class Tried(Protocol):
    """A model whose style is being found out."""

    _convention: Convention
    _signature: StateSignature
    _mask: MaskStyle
    _caller: Caller

    def inputs(self, batch: int, time: int, seed: int) -> np.ndarray:
        """As `StatefulModel.inputs`."""

    def whole(self, x: np.ndarray, mask: Any = None, positions: Any = None) -> np.ndarray:
        """As `StatefulModel.whole`."""

    def run(
        self, x: np.ndarray, state: Any, mask: Any = None, positions: Any = None
    ) -> tuple[np.ndarray, Any]:
        """As `StatefulModel.run`."""


def mask_style(trials: Trials, model: Tried) -> MaskStyle:
    """Find out how a module takes a mask.

    A mask whose sense is turned round is refused. Of a chunk's own mask and that of all steps to
    date the one is taken with which chunks agree with the whole; if both do or none does, the one
    that the argument's name stands for.
    """
    name = model._signature.mask
    if not name:
        return MaskStyle(model._signature.refused_mask or NO_MASK.refused)
    if model._convention.cell:
        return MaskStyle(f"forward takes {name} for one step alone")
    x, other = (model.inputs(2, TIME, seed) for seed in (0, 1))
    mask = np.ones((2, TIME), bool)
    mask[0, :2] = False
    padded, full = np.where(_wide(mask, x), x, other), np.ones_like(mask)

    def whole(values: np.ndarray, given: np.ndarray, style: MaskStyle) -> Any:
        model._mask = style
        return trials.run(lambda: model.whole(values, given))

    def chunks(style: MaskStyle) -> Any:
        model._mask = style

        def run() -> np.ndarray:
            first, state = model.run(x[:, :CUT], None, mask[:, :CUT])
            second, _ = model.run(x[:, CUT:], state, mask)
            return np.concatenate([first, second], 1)

        return trials.run(run)

    for kind in KINDS:
        given = MaskStyle(kind=kind)
        y, again = whole(x, mask, given), whole(padded, mask, given)
        plain = trials.run(lambda: model.whole(x))
        if y is None or again is None or plain is None:
            continue
        size = STILL * np.abs(y).max()
        if _gap(y[0, 2:], again[0, 2:]) > size:
            # Padding comes through. With the mask turned round it does not: then that is its sense.
            turned = [whole(values, ~mask, given) for values in (x, padded)]
            none = whole(x, ~full, given)
            if (
                turned[0] is not None and none is not None
                and _gap(turned[0][0, 2:], turned[1][0, 2:]) <= size
                and _gap(none, plain) <= size
            ):  # fmt: skip
                return MaskStyle(f"in {name} of forward, true stands for padding")
        styles = [MaskStyle(own=own, kind=kind) for own in (name == "mask", name != "mask")]
        found = [(style, chunks(style)) for style in styles]
        runs = [(style, answer) for style, answer in found if answer is not None]
        agreeing = [style for style, answer in runs if _gap(answer[mask], y[mask]) <= size]
        if runs:
            return (agreeing or [runs[0][0]])[0]
        return styles[0]
    return MaskStyle(f"{name} of forward takes no mask (batch, time): {trials.failures[-1]}")


def feeds_positions(trials: Trials, model: Tried) -> bool:
    """Whether positions must be given with each chunk: without them it does not go on counting."""
    signature = model._signature
    if not signature.positions:
        return False
    if model._caller.feeds_positions:
        return True
    x = model.inputs(2, TIME, 0)
    whole = trials.run(lambda: model.whole(x))

    def chunks() -> np.ndarray:
        first, state = model.run(x[:, :CUT], None)
        return np.concatenate([first, model.run(x[:, CUT:], state)[0]], 1)

    plain = trials.run(chunks)
    model._caller.feeds_positions = True
    fed = trials.run(chunks)
    model._caller.feeds_positions = False
    if whole is None or fed is None:
        return False
    size = STILL * np.abs(whole).max()
    return _gap(fed, whole) <= size and (plain is None or _gap(plain, whole) > size)


def _gap(one: np.ndarray, other: np.ndarray) -> float:
    if one.shape != other.shape:
        return float("inf")
    return float(np.nan_to_num(np.abs(one - other), nan=np.inf).max(initial=0.0))


def _wide(mask: np.ndarray, x: np.ndarray) -> np.ndarray:
    return mask.reshape(mask.shape + (1,) * (x.ndim - 2))

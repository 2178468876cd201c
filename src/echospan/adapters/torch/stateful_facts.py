"""What a module says about itself that bears on how its state is checked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from echospan.adapters.torch.state_calls import Convention
from echospan.adapters.torch.stateful_arguments import MaskStyle

if TYPE_CHECKING:
    import torch

BLOCKS = ("chunk_size", "block_size", "block_len", "chunk_len", "segment_len", "segment_length",
          "window_size", "blocksize")  # fmt: skip
MOST = 64
"""Longer blocks would make the checks slow."""


def kernel(model: torch.nn.Module) -> int:
    """The steps that the longest convolution over time looks at."""
    import torch

    return max(
        (
            (each.kernel_size[0] - 1) * each.dilation[0] + 1
            for each in model.modules()
            if isinstance(each, torch.nn.Conv1d)
        ),
        default=1,
    )


def blocks(model: torch.nn.Module) -> tuple[int, ...]:
    """Lengths at which modules cut a sequence, by attributes named like it."""
    values = [getattr(each, name, None) for each in model.modules() for name in BLOCKS]
    known = {v for v in values if isinstance(v, int) and not isinstance(v, bool)}
    return tuple(sorted(v for v in known if 1 < v <= MOST))


def _drops(model: torch.nn.Module) -> bool:
    """Whether dropout is on somewhere in it."""
    return any(
        getattr(each, name, 0) not in (0, 0.0, None, False)
        for each in model.modules()
        for name in ("dropout", "p")
        if isinstance(getattr(each, name, 0), int | float)
    )


def notes(
    given: torch.nn.Module, convention: Convention, mask: MaskStyle, *, fed: bool
) -> tuple[str, ...]:
    """What was done to a module, in sentences."""
    found = []
    if given.training and _drops(given):
        found.append("A copy was put into evaluation mode: dropout is off.")
    if convention.cell:
        found.append("It takes one time step: chunks are processed one step at a time.")
    elif not convention.batch_first:
        found.append("It takes (time, batch, ...).")
    if convention.zeros:
        found.append(f"Its start is a state of zeros (batch, {convention.zeros[0]}).")
    if convention.symbols is not None and convention.avoided:
        found.append("Its padding symbol is not among the inputs.")
    if fed:
        found.append("Positions are given with each chunk; without them each chunk starts at 0.")
    if not mask.refused and mask.own:
        found.append("It is given the mask of the chunk alone, not of all steps to date.")
    return tuple(found)

"""Faults planted in torch modules: each is found by the checks named, and its twin conforms."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from conform.bench.torch_caches import Hybrid, Started, Windowed
from conform.bench.torch_recurrent import (
    Convolved,
    Decaying,
    Documents,
    Long,
    Masked,
    OneStep,
    Recurrent,
    Remembering,
    ToDate,
)


@dataclass(frozen=True)
class Planted:
    """A fault in a module.

    Attributes:
        kind: Class of the module; without a fault it is the sound twin.
        fault: Name of the fault.
        found: Checks that must find it.
    """

    kind: Any
    fault: str
    found: tuple[str, ...]


CUT = ("steps", "chunks")

FAULTS = (
    Planted(Recurrent, "lost", CUT),
    Planted(Recurrent, "one row", CUT),
    Planted(Recurrent, "last layer", CUT),
    Planted(Recurrent, "rows broadcast", CUT),
    Planted(Recurrent, "rows permuted", CUT),
    Planted(Recurrent, "layers exchanged", CUT),
    Planted(Recurrent, "first step skipped", CUT),
    Planted(Recurrent, "half precision", CUT),
    Planted(Recurrent, "detached", ("gradient",)),
    Planted(Recurrent, "wrong gradient", ("gradient",)),
    Planted(Recurrent, "in the module", ("interleave", "between", "copy")),
    Planted(Recurrent, "shared buffer", ("interleave",)),
    Planted(Recurrent, "block restarts", ("chunks",)),
    Planted(Recurrent, "one step early", ("steps",)),
    Planted(Recurrent, "norm over time", ("prefix", *CUT)),
    Planted(Recurrent, "mean over the batch", ("rows",)),
    Planted(Recurrent, "looks ahead", ("prefix", *CUT)),
    Planted(Recurrent, "scaled by length", ("prefix", *CUT)),
    Planted(Long, "only h", CUT),
    Planted(Long, "h and c exchanged", CUT),
    Planted(Convolved, "convolution lost", CUT),
    Planted(Convolved, "convolution one short", CUT),
    Planted(Convolved, "short chunk forgets", CUT),
    Planted(Remembering, "last input in the module", ("prefix", "interleave", "between")),
    Planted(Masked, "ignored in a chunk", ("pad_steps",)),
    Planted(Masked, "ignored at batch 1", ("pad_left_single",)),
    Planted(Masked, "first row's mask", ("pad_left", "pad_chunks")),
    Planted(Masked, "padding enters", ("pad_left", "pad_left_single", "pad_chunks")),
    Planted(Masked, "state ignores the mask", ("pad_right_more", "pad_chunks")),
    Planted(ToDate, "oldest", ("pad_chunks",)),
    Planted(Documents, "documents leak", ("packed:seq_idx",)),
    Planted(Documents, "convolution leaks", ("packed:seq_idx",)),
    Planted(OneStep, "cell in the module", ("interleave", "between")),
    Planted(Decaying, "inner block restarts", CUT),
    Planted(Decaying, "decay one short", CUT),
    Planted(Hybrid, "reorder forgets a tensor", ("reorder",)),
    Planted(Hybrid, "reset keeps the state", ("reset",)),
    Planted(Hybrid, "reset keeps the length", ("reset",)),
    Planted(Hybrid, "crop leaves the recurrent state", ("crop",)),
    Planted(Hybrid, "crop keeps the length", ("crop",)),
    Planted(Hybrid, "save forgets a leaf", ("save",)),
    Planted(Hybrid, "position off by one", CUT),
    Planted(Hybrid, "positions restart", CUT),
    Planted(Hybrid, "half precision cache", CUT),
    Planted(Hybrid, "causal from the top", CUT),
    Planted(Hybrid, "no causal mask in a chunk", ("chunks",)),
    Planted(Windowed, "window one short", CUT),
    Planted(Started, "start is shared", ("reset",)),
)

SOUND = tuple(dict.fromkeys(each.kind for each in FAULTS))

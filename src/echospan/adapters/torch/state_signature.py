"""What the `forward` of a recurrent module takes, by the names of its arguments."""

from __future__ import annotations

import inspect
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from echospan.adapters.torch.calling import MASKS, POSITIONS

if TYPE_CHECKING:
    import torch

STATE = re.compile(
    r"(^|_)(hx|cx|hc|h|c|s|hs|cs|h_?0|c_?0|h_?t|c_?t|h_prev|c_prev|"
    r"state|states|hidden|hiddens|cell|carry|memory|memories|mem|mems|past|cache|caches|"
    r"prev|previous|kv|context)(_|$)|state|hidden|cache|past_key"
)
"""Names under which `forward` may take a state."""

FLAG = re.compile(r"^(return|output|use|with)_.*(state|hidden|cache|carry|memory|prev|past|final)")
"""Switches that make `forward` return its state."""

STARTS = ("start_pos", "offset", "seqlen_offset", "position_offset", "pos_offset")
"""Names of a number of steps that came before the chunk."""

STEP_METHODS = ("step", "forward_step", "forward_recurrent", "forward_rnn", "step_forward",
                "decode_step", "forward_one_step", "recurrent_step")  # fmt: skip
"""Names of a method that takes one time step and a state."""

LENGTHS = re.compile(r"(^|_)(lengths?|lens?|seq_?lens?)($|_)")
INVERTED = ("key_padding_mask", "src_key_padding_mask", "padding_mask", "pad_mask")

DOCUMENTS = ("seq_idx", "document_ids", "doc_ids", "segment_ids", "sequence_ids")
"""Names of the number of the document of each step."""
BORDERS = ("cu_seqlens",)
"""Names of the ends of documents, with a zero before them."""
FIRSTS = ("is_first", "episode_starts", "resets", "reset_mask")
"""Names of what is true at the first step of each document."""


@dataclass(frozen=True)
class StateSignature:
    """The arguments of a `forward`.

    Attributes:
        states: Names of those that take the state, in order; a state of two tensors may come in
            two arguments.
        by_place: How many arguments a state may be given by place, where no names are known.
        flags: Names of switches that make it return the state.
        mask: Name of its mask; empty where it has none, or one whose sense is not clear.
        positions: Name of the positions of its steps.
        start: Name of the number of steps before the chunk.
        packings: Names by which it takes several documents in one row.
        needed: Names of others than the state that have no default.
        required: Whether the state has no default.
        refused_mask: Why a mask is not given although there is an argument for one.
    """

    states: tuple[str, ...] = ()
    by_place: bool = False
    flags: tuple[str, ...] = ()
    mask: str = ""
    positions: str = ""
    start: str = ""
    packings: tuple[str, ...] = ()
    needed: tuple[str, ...] = ()
    required: bool = False
    refused_mask: str = ""


def state_signature(module: torch.nn.Module) -> StateSignature:
    """Read the signature of a module's `forward`; nothing is run."""
    import torch

    if isinstance(module, torch.nn.RNNBase | torch.nn.RNNCellBase):
        return StateSignature(states=("hx",))
    parameters = list(inspect.signature(module.forward).parameters.values())
    named = [p for p in parameters if p.kind not in (p.VAR_POSITIONAL, p.VAR_KEYWORD)]
    any_place = any(p.kind is p.VAR_POSITIONAL for p in parameters)
    others = named[1:]
    special = {*MASKS, *POSITIONS, *STARTS, *DOCUMENTS, *BORDERS, *FIRSTS}
    flags = [p.name for p in others if FLAG.search(p.name) and p.default is False]
    free = [
        p for p in others
        if p.name not in special and not isinstance(p.default, bool)
        and not LENGTHS.search(p.name) and "mask" not in p.name
    ]  # fmt: skip
    states = [p for p in free if STATE.search(p.name.lower())]
    if not states:
        # One argument more without a known name: what else should it be.
        states = [p for p in free if p.default is None or p.default is p.empty][:1]
    taken = {p.name for p in states}
    names = [p.name for p in others]
    return StateSignature(
        states=_together([p.name for p in states]),
        by_place=any_place and not states,
        flags=tuple(flags),
        mask=next((name for name in names if name in MASKS), ""),
        positions=next((name for name in names if name in POSITIONS), ""),
        start=next((name for name in names if name in STARTS), ""),
        packings=tuple(name for name in names if name in (*DOCUMENTS, *BORDERS, *FIRSTS)),
        needed=tuple(p.name for p in others if p.default is p.empty and p.name not in taken),
        required=any(p.default is p.empty for p in states),
        refused_mask=_refused(names),
    )


def step_method(module: torch.nn.Module) -> str:
    """Name of a module's method (step, state) -> (output, state); empty where it has none."""
    for name in STEP_METHODS:
        method = getattr(module, name, None)
        if callable(method):
            places = [p.name for p in inspect.signature(method).parameters.values()]
            if len(places) >= 2 and STATE.search(places[1].lower()):
                return name
    return ""


def _together(names: list[str]) -> tuple[str, ...]:
    """A state in several arguments: those of short names (h, c); else the first is the state."""
    short = [name for name in names if len(name.strip("_0t")) <= 2 or _paired(name, names)]
    return tuple(short) if names and names[0] in short else tuple(names[:1])


def _paired(name: str, names: list[str]) -> bool:
    """Whether a name such as conv_state stands beside another such as ssm_state."""
    tail = name.rsplit("_", 1)[-1]
    return sum(each.rsplit("_", 1)[-1] == tail for each in names) > 1


def _refused(names: list[str]) -> str:
    for name in names:
        if name in INVERTED:
            return f"forward takes {name}, and whether true means padding is not clear"
        if LENGTHS.search(name):
            return f"forward takes {name} in place of a mask"
    return "forward takes no mask"


def described(module: torch.nn.Module) -> str:
    """The signature as it is written, for messages."""
    try:
        return f"forward{inspect.signature(module.forward)}"
    except (TypeError, ValueError):
        return "forward(...)"


def packing_values(name: str, lengths: list[int]) -> Any:
    """What a module takes under one of `StateSignature.packings` for one row of documents."""
    import torch

    number = torch.repeat_interleave(torch.arange(len(lengths)), torch.tensor(lengths))
    if name in BORDERS:
        return torch.tensor([0, *lengths]).cumsum(0).to(torch.int32)
    if name in FIRSTS:
        first = torch.ones_like(number, dtype=torch.bool)
        first[1:] = number[1:] != number[:-1]
        return first[None]
    return number[None]

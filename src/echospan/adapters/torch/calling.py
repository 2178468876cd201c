"""How a module is called: what its `forward` takes, and what of its answer are the outputs."""

from __future__ import annotations

import inspect
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal

from echospan.adapters.signals import Structure
from echospan.adapters.torch.answers import by_name, chosen
from echospan.adapters.torch.packing import is_packed, padded

if TYPE_CHECKING:
    import torch

Style = Literal["positions", "names", "whole"]
"""How `forward` takes several inputs: as arguments in order, by name, or all in one argument."""

MASKS = ("mask", "attention_mask")
POSITIONS = ("positions", "position_ids")
"""Names under which `forward` may take a mask, or the positions of time steps."""

OF_HUGGING_FACE = ("labels", "return_dict", "inputs_embeds", "output_attentions")
"""Names by which a `forward` in the manner of Hugging Face's models is known."""


class Calling:
    """The way in which a module is called.

    Args:
        model: The module.
        structure: How its inputs are nested.
        outputs: Names of the outputs that matter; with fewer than two, what follows the first is
            the state.

    Attributes:
        hands_on: Whether `forward` has a place for a state beside its inputs.
        mask: Name of its argument for a mask; empty where it has none.
        positions: Name of its argument for positions; empty where it has none.
    """

    def __init__(
        self, model: torch.nn.Module, structure: Structure, outputs: Sequence[str] = ()
    ) -> None:
        self._structure, self._outputs = structure, outputs
        places = _places(model)
        self._style = _style(places, structure)
        names = structure.names
        inputs = 1 if self._style == "whole" else len(names)
        others = [name for name in places if name not in names]
        if self._style != "names":
            others = places[inputs:]
        self.mask = next((name for name in others if name in MASKS), "")
        self.positions = next((name for name in others if name in POSITIONS), "")
        free = [name for name in others if name not in (*MASKS, *POSITIONS)]
        if set(places) & set(OF_HUGGING_FACE):
            # What else its forward takes are labels, other inputs and switches.
            free = []
        self._state = free[0] if free else ""
        self._by_name = self._style == "names" or free[:1] != others[:1]
        self.hands_on = len(outputs) < 2 and bool(free)

    def arguments(
        self, given: Sequence[torch.Tensor], state: Any, more: Mapping[str, Any]
    ) -> tuple[tuple[Any, ...], dict[str, Any]]:
        """Positional and named arguments of one call."""
        named = dict(more)
        args: tuple[Any, ...] = tuple(given)
        if self._style == "names":
            args, named = (), {**dict(zip(self._structure.names, given, strict=True)), **named}
        elif self._style == "whole":
            args = (self._structure.pack(given),)
        if state is not None and self._by_name:
            named[self._state] = state
        elif state is not None:
            args = (*args, state)
        return args, named

    def outputs(self, answer: Any) -> tuple[list[torch.Tensor], Any]:
        """Outputs in the order of their names, and the state that is handed on."""
        if is_packed(answer):
            answer = padded(answer, batch_first=True)
        parts = by_name(answer)
        if parts is not None:
            return chosen(parts, self._outputs) or list(parts.values())[:1], None
        if isinstance(answer, tuple | list) and answer:
            if len(self._outputs) > 1:
                return list(answer[: len(self._outputs)]), None
            return [padded(answer[0], batch_first=True)], (
                answer[1] if self.hands_on and len(answer) > 1 else None
            )
        return [answer], None


def _places(model: torch.nn.Module) -> list[str]:
    """Names of the arguments that `forward` takes in order."""
    parameters = list(inspect.signature(model.forward).parameters.values())
    if any(p.kind is p.VAR_POSITIONAL for p in parameters):
        return [f"argument {number}" for number in range(99)]
    return [p.name for p in parameters if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]


def _style(places: Sequence[str], structure: Structure) -> Style:
    if structure.kind == "dict":
        return "names" if set(structure.names) <= set(places) else "whole"
    return "positions" if len(places) >= len(structure.names) else "whole"


def runs(model: torch.nn.Module, parts: Sequence[Any]) -> bool:
    """Whether a copy of a module takes tensors: as arguments in order, or as one tuple.

    Args:
        model: The user's; a copy is called.
        parts: Tensors as a loader gives them, or tuples of such.
    """
    import torch

    from echospan.adapters.torch.clone import clone
    from echospan.adapters.torch.devices import at_home

    try:
        made = clone(model, double=False)
        given = (tuple(parts),) if len(_places(model)) == 1 < len(parts) else tuple(parts)
        with at_home(), torch.random.fork_rng(devices=[]), torch.no_grad():
            made(*given)
    except Exception:
        # Whatever it raises: it does not take them.
        return False
    return True

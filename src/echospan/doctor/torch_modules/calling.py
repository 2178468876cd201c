"""How a module is called: what its `forward` takes, and what of its answer are the outputs."""

from __future__ import annotations

import inspect
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal

from echospan.doctor.ports import Port

if TYPE_CHECKING:
    import torch

Style = Literal["positions", "names", "whole"]
"""How `forward` takes several inputs: as arguments in order, by name, or all in one argument."""


class Calling:
    """The way in which a module is called.

    Args:
        model: The module.
        sources: Its inputs.
        targets: The outputs that have targets.
        named: Whether the inputs are a dictionary.

    Attributes:
        hands_on: Whether `forward` has a place for a state beside its inputs.
    """

    def __init__(
        self,
        model: torch.nn.Module,
        sources: Sequence[Port],
        targets: Sequence[Port],
        *,
        named: bool = False,
    ) -> None:
        self._names = [port.name for port in sources]
        self._targets, self._named = targets, named
        places = _places(model)
        self._style = _style(places, self._names, named=named)
        inputs = 1 if self._style == "whole" else len(sources)
        self.hands_on = len(targets) < 2 and len(places) > inputs
        others = places[inputs:]
        if self._style == "names":
            others = [name for name in places if name not in self._names]
        self._state = others[0] if others else ""

    def arguments(
        self, given: Sequence[torch.Tensor], state: Any
    ) -> tuple[tuple[Any, ...], dict[str, Any]]:
        """Positional and named arguments of one call."""
        args: tuple[Any, ...] = tuple(given)
        if self._style == "names":
            by_name = dict(zip(self._names, given, strict=True))
            return (), by_name if state is None else {**by_name, self._state: state}
        if self._style == "whole":
            args = (dict(zip(self._names, given, strict=True)) if self._named else tuple(given),)
        return (args if state is None else (*args, state)), {}

    def outputs(self, answer: Any) -> tuple[list[torch.Tensor], Any]:
        """Outputs in the order of the targets, and the state that is handed on."""
        if isinstance(answer, Mapping):
            named = [port.name for port in self._targets if port.name in answer]
            return [answer[name] for name in named] or list(answer.values())[:1], None
        if isinstance(answer, tuple | list) and answer:
            if len(self._targets) > 1:
                return list(answer[: len(self._targets)]), None
            return [answer[0]], (answer[1] if self.hands_on and len(answer) > 1 else None)
        return [answer], None


def _places(model: torch.nn.Module) -> list[str]:
    """Names of the arguments that `forward` takes in order."""
    parameters = list(inspect.signature(model.forward).parameters.values())
    if any(p.kind is p.VAR_POSITIONAL for p in parameters):
        return [f"argument {number}" for number in range(99)]
    return [p.name for p in parameters if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]


def _style(places: Sequence[str], names: Sequence[str], *, named: bool) -> Style:
    if named:
        return "names" if set(names) <= set(places) else "whole"
    return "positions" if len(places) >= len(names) else "whole"

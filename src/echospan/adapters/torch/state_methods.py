"""Methods of a module, or of the state that it hands on, for reordering, resetting and cropping."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any

from echospan.adapters.torch.state_calls import START

if TYPE_CHECKING:
    import torch

REORDERS = ("reorder_cache", "_reorder_cache", "reorder_state", "reorder", "select_rows",
            "index_rows", "select_batch")  # fmt: skip
RESETS = ("reset_state", "reset_states", "reset_cache", "reset_hidden", "reset", "clear")
CROPS = ("crop", "truncate", "rollback", "crop_cache", "crop_state", "rewind")
BACK = ("steps", "n", "count", "num_steps", "n_steps", "back")
"""Names of an argument that says how many steps are taken back; others say how many stay."""


class StateMethods:
    """What can be done to a state by the means that its owner offers.

    A method of the state changes it, or returns another; a method of the module takes it first.

    Args:
        model: The copy of the module.
    """

    def __init__(self, model: torch.nn.Module) -> None:
        self._model = model

    def reorder(self, state: Any, index: Any) -> tuple[bool, Any]:
        """Whether there is a method for rows in another order, and the state after it."""
        return self._call(REORDERS, state, (index,))

    def why_no_reset(self, state: Any) -> str:
        """Why a state can't be reset; empty where it can."""
        found = self._method(RESETS, state, 0) or self._maker()
        return "" if found else "neither the module nor its state has a method such as reset"

    def reset(self, state: Any, rows: int) -> Any:
        """The state put back to the start: reset, or made anew for as many rows."""
        done, after = self._call(RESETS, state, ())
        return after if done else self._maker()(rows)

    def why_no_crop(self, state: Any) -> str:
        """Why steps can't be taken back; empty where they can."""
        found = self._method(CROPS, state, 1)
        return "" if found else "neither the module nor its state has a method such as crop"

    def crop(self, state: Any, steps: int, before: int) -> Any:
        """The state with the newest steps taken back.

        Args:
            state: After `before` steps.
            steps: How many to take back.
            before: How many steps it has taken.
        """
        method, own = self._method(CROPS, state, 1) or (None, False)
        places = _places(method)
        back = method.__name__ in ("rollback", "rewind") if method else False
        given = steps if back or (places and places[-1] in BACK) else before - steps
        return _done(method, own, state, (given,))

    def _maker(self) -> Any:
        """The module's method that makes the state of the start for a number of rows."""
        for name in START:
            method = getattr(self._model, name, None)
            if callable(method) and len(_places(method)) == 1:
                return method
        return None

    def _call(self, names: tuple[str, ...], state: Any, given: tuple[Any, ...]) -> tuple[bool, Any]:
        found = self._method(names, state, len(given))
        if found is None:
            return False, state
        return True, _done(*found, state, given)

    def _method(self, names: tuple[str, ...], state: Any, count: int) -> tuple[Any, bool] | None:
        """A method, and whether it is the state's own; one of the module takes the state, too."""
        built_in = isinstance(state, dict | list | tuple) and type(state).__module__ == "builtins"
        for name in names:
            own = getattr(state, name, None)
            if callable(own) and not built_in and not hasattr(state, "detach"):
                return own, True
            theirs = getattr(self._model, name, None)
            if callable(theirs) and len(_places(theirs)) == count + 1:
                return theirs, False
        return None


def _done(method: Any, own: bool, state: Any, given: tuple[Any, ...]) -> Any:
    after = method(*given) if own else method(state, *given)
    return state if after is None else after


def _places(method: Any) -> list[str]:
    """Names of the arguments that a method needs, by place."""
    try:
        parameters = inspect.signature(method).parameters.values()
    except (TypeError, ValueError):
        return []
    kinds = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    return [p.name for p in parameters if p.kind in kinds and p.default is p.empty]

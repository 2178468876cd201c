"""Finding out how a recurrent module is fed and read: by its attributes, else by calling a copy."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from echospan.adapters.loading import FIELD, said
from echospan.adapters.torch.state_calls import (
    START,
    Caller,
    Convention,
    Given,
    NoState,
    layouts,
    split,
    unflattened,
)
from echospan.adapters.torch.state_signature import StateSignature, described
from echospan.adapters.torch.state_tree import has_tensors
from echospan.adapters.torch.users_own import as_it_was
from echospan.errors import ConfigError

if TYPE_CHECKING:
    import torch

UNITS = ("hidden_size", "state_size", "hidden_dim", "units", "hidden_units", "num_hidden", "nhid",
         "hidden", "ninp", "d_hidden", "output_size")  # fmt: skip
"""Attributes by which cells tell the size of their state."""

FIRST, SECOND = 2, 5
"""Lengths of the first two axes in trials: unlike each other and unlike usual widths."""

SIZES = ("input_size", "in_features", "input_dim", "d_input", "in_channels", "in_dim", "d_model",
         "embed_dim", "embedding_dim", "n_embd", "hidden_size", "dim")  # fmt: skip
"""Attributes by which modules tell how many features they take."""

STILL = 1e-9
"""A change below this share of the outputs is rounding."""


class Trials:
    """Calls of a copy in which its own memory is put back after each.

    Args:
        model: The copy.
        signature: What its `forward` takes.
        initial: Makes the state of the start for a number of rows.
    """

    def __init__(self, model: torch.nn.Module, signature: StateSignature, initial: Any) -> None:
        self.model, self.signature, self.initial = model, signature, initial
        self.failures: list[str] = []

    def run(self, call: Callable[[], Any]) -> Any:
        """What a call gives; None where it raises."""
        import torch

        try:
            with as_it_was(self.model), torch.no_grad():
                return call()
        except Exception as error:
            self.failures.append(said(error))
            return None

    def first(self, call: Callable[[], str]) -> str:
        """What a call gives, or else what it raises, in a sentence."""
        found = self.run(call)
        return self.failures[-1] if found is None else str(found)

    def caller(self, convention: Convention) -> Caller:
        """Calls in a convention."""
        return Caller(self.model, self.signature, convention, self.initial)


def find_convention(
    trials: Trials,
    steps: Sequence[Convention],
    batch_first: bool | None,
    text: str,
) -> Convention:
    """The first convention in which the module runs.

    Args:
        trials: Calls of the copy.
        steps: What one time step may be.
        batch_first: What the user says of its axes.
        text: What messages call the module.

    Raises:
        ConfigError: None does, or its axes are others than the user says.
    """
    import torch

    if isinstance(trials.model, torch.nn.RNNCellBase):
        pair = isinstance(trials.model, torch.nn.LSTMCell)
        return replace(steps[0], cell=True, layout="state" if pair else "both")
    said_itself = _own_axes(trials.model)
    if None not in (said_itself, batch_first) and said_itself != batch_first:
        raise ConfigError(
            "batch_first", f"{said_itself}, as {text} has it, or left out", batch_first
        )
    axes = batch_first if said_itself is None else said_itself
    for step in steps:
        for tried in _starts(trials, step, axes):
            found = _as_sequence(trials, tried)
            if found is not None and found.steady:
                return _agreed(found, axes, text)
            cell = _as_cell(trials, tried)
            if cell is not None and (
                _rows_apart(trials, cell) if found is None else _remembers(trials, cell)
            ):
                return cell
            if found is not None:
                return _agreed(found, axes, text)
    raise ConfigError(
        FIELD,
        "a module that takes (batch, time, features) or symbols (batch, time), and perhaps a state",
        f"{text} with {described(trials.model)}",
        "It could not be called: " + (trials.failures[0] if trials.failures else "no input fits")
        + ". Give features=, symbols= or example=, or initial= for the state of the start.",
    )  # fmt: skip


def _own_axes(model: torch.nn.Module) -> bool | None:
    """What a module says itself of its order of axes."""
    own = getattr(model, "batch_first", None)
    return own if isinstance(own, bool) else None


def _starts(trials: Trials, step: Convention, axes: bool | None) -> Iterator[Convention]:
    """With the state of the start left out; then with that of a method of the module."""
    yield replace(step, batch_first=axes is not False)
    if trials.initial is None:
        for name in START:
            if callable(getattr(trials.model, name, None)):
                for first in (True, False) if axes is None else (axes,):
                    yield replace(step, starts=name, batch_first=first)
        if trials.signature.required:
            many = len(trials.signature.states)
            for units in _state_sizes(trials.model):
                for count in (many,) if many > 1 else (0, 2):
                    yield replace(step, zeros=(units, count), batch_first=axes is not False)


def _state_sizes(model: torch.nn.Module) -> list[int]:
    """Units that the state of a cell may have."""
    found = [getattr(model, name, None) for name in UNITS]
    return list(dict.fromkeys(u for u in found if type(u) is int and u > 0))


def _raw(convention: Convention, leading: tuple[int, ...], seed: int) -> torch.Tensor:
    import torch

    return torch.as_tensor(draw(convention, leading, seed))


def draw(convention: Convention, leading: tuple[int, ...], seed: int) -> np.ndarray:
    """Inputs of a seed: numbers, or symbols that differ everywhere from those of the next seeds."""
    if convention.symbols is None:
        rng = np.random.default_rng((7_001, seed))
        return np.asarray(rng.normal(size=(*leading, *convention.step)))
    allowed = [k for k in range(convention.symbols) if k not in convention.avoided]
    places = np.random.default_rng(7_001).integers(0, len(allowed), leading)
    return np.asarray(allowed)[(places + seed) % len(allowed)]


def _as_sequence(trials: Trials, convention: Convention) -> Convention | None:
    """In the convention of whole sequences; None where the module does not run like that.

    Which axis is time is found by changing one place on each: rows of a batch stay apart. Where
    the module gives nothing away, (batch, time) is taken.
    """
    caller = trials.caller(convention)
    rows = FIRST if convention.batch_first else SECOND
    x, other = (_raw(convention, (FIRST, SECOND), seed) for seed in (0, 1))

    def outputs(values: torch.Tensor) -> Any:
        return _outputs(trials, caller, values, caller.start_state(rows), cell=False)

    first = trials.run(lambda: outputs(x))
    if first is None:
        return None
    layout, y = first
    mixes = []
    for axis in (0, 1):
        place = [slice(None)] * 2
        place[axis] = slice(0, 1)
        changed = x.clone()
        changed[tuple(place)] = other[tuple(place)]
        found = trials.run(partial(outputs, changed))
        if found is None or found[1].shape != y.shape:
            return None
        moved = (found[1] - y).abs().reshape(FIRST, SECOND, -1).amax(2).amax(1 - axis)
        mixes.append(bool(moved[1:].max() > STILL * y.abs().max()))
    told = mixes[0] != mixes[1]
    first_axis = mixes[1] if told else convention.batch_first
    return replace(convention, layout=layout, batch_first=first_axis, steady=any(mixes))


def _agreed(found: Convention, axes: bool | None, text: str) -> Convention:
    """The convention, where it is what the user or the module says."""
    if axes is not None and found.batch_first != axes:
        order = "(batch, time, ...)" if found.batch_first else "(time, batch, ...)"
        raise ConfigError(
            "batch_first",
            f"{found.batch_first}: a change of one row of {order} leaves the others alone, and "
            "with the axes the other way round it does not",
            axes,
            f"{text} takes {order}.",
        )
    return found


def _outputs(trials: Trials, caller: Caller, x: torch.Tensor, state: Any, *, cell: bool) -> Any:
    """Layout and outputs of a call in the module's own order; raises where none fits."""
    signature = trials.signature
    stateful = bool(signature.states or signature.by_place)
    answer = caller.forward(x, state, Given(), stateful=stateful)
    count = 1 if cell else 2
    problem: Exception | None = None
    for layout in layouts(answer, cell=cell, states=len(signature.states)):
        try:
            y, after = split(answer, layout, stateful=False)
            y = y if cell else unflattened(y, x.shape[:2])
            if tuple(y.shape[:count]) != tuple(x.shape[:count]):
                raise NoState(
                    f"outputs of shape {tuple(y.shape)} for inputs of shape {tuple(x.shape)}: "
                    "they must have an output for each time step"
                )
            if after is not None and stateful and has_tensors(after):
                caller.forward(x, after, Given(start=x.shape[1 % x.ndim]), stateful=True)
            return layout, y
        except Exception as error:
            problem = problem or error
    # The state does not fit, but whole sequences can be run: the checks show what it costs.
    if not cell:
        with suppress(NoState):
            layout = layouts(answer, cell=cell, states=len(signature.states))[0]
            y = unflattened(split(answer, layout, stateful=False)[0], x.shape[:2])
            if tuple(y.shape[:2]) == tuple(x.shape[:2]):
                return layout, y
    raise problem or NoState("forward returns nothing")


def _as_cell(trials: Trials, convention: Convention) -> Convention | None:
    """In the convention of single time steps (batch, ...)."""
    if not (trials.signature.states or trials.signature.by_place):
        return None
    tried = replace(convention, cell=True, batch_first=True)
    caller, x = trials.caller(tried), _raw(tried, (3,), 0)
    found = trials.run(lambda: _outputs(trials, caller, x, caller.start_state(3), cell=True))
    return None if found is None else replace(tried, layout=found[0])


def _remembers(trials: Trials, cell: Convention) -> bool:
    """Whether the first step changes the outputs of the second, in the convention of a cell."""
    caller = trials.caller(cell)
    x, other = (_raw(cell, (3, 2), seed) for seed in (0, 1))
    changed = x.clone()
    changed[:, 0] = other[:, 0]
    first, second = (trials.run(partial(_answer, caller, values)) for values in (x, changed))
    if first is None or second is None or first.shape != second.shape:
        return False
    return bool((first[:, 1] - second[:, 1]).abs().max() > STILL * first.abs().max())


def _rows_apart(trials: Trials, cell: Convention) -> bool:
    """Whether what looks like one time step of several rows is not several steps of one row.

    Torch's recurrent layers take (time, features), too.
    """
    import torch

    if not any(isinstance(each, torch.nn.RNNBase) for each in trials.model.modules()):
        return True
    caller = trials.caller(cell)
    x, other = (_raw(cell, (3, 1), seed) for seed in (0, 1))
    changed = x.clone()
    changed[0] = other[0]
    first, second = (trials.run(partial(_answer, caller, values)) for values in (x, changed))
    return first is not None and second is not None and torch.equal(first[1:], second[1:])


def _answer(caller: Caller, x: torch.Tensor) -> torch.Tensor:
    return caller(x, None)[0]


def steps_of(
    model: torch.nn.Module, features: int | None, symbols: int | None, example: Any
) -> list[Convention]:
    """What one time step of a module may be, the likeliest first.

    Raises:
        ConfigError: An argument is out of range, or contradicts another.
    """
    import torch

    if symbols is not None and (not isinstance(symbols, int) or symbols < 2):
        raise ConfigError("symbols", "a whole number, at least 2", symbols)
    if features is not None and (not isinstance(features, int) or features < 1):
        raise ConfigError("features", "a whole number, at least 1", features)
    if sum(each is not None for each in (features, symbols, example)) > 1:
        raise ConfigError("features", "given alone, without symbols or example", features)
    tables = [each for each in model.modules() if isinstance(each, torch.nn.Embedding)]
    padding = [each.padding_idx for each in tables if each.padding_idx is not None]
    avoided = tuple(padding)
    if example is not None:
        given = np.asarray(example)
        if given.ndim < 2 or given.dtype.kind not in "iuf":
            raise ConfigError("example", "an array (batch, time, ...) of numbers", example)
        if given.dtype.kind == "f":
            return [Convention(tuple(given.shape[2:]))]
        sizes = [each.num_embeddings for each in tables]
        largest = int(given.max()) + 1
        symbols = max((size for size in sizes if size >= largest), default=max(largest, 2))
        return [Convention(tuple(given.shape[2:]), symbols, avoided)]
    if symbols is not None:
        return [Convention((), symbols, avoided)]
    if features is not None:
        return [Convention((features,))]
    found = []
    # A vocabulary of 1 holds nothing to tell apart; one symbol more may be that of padding.
    first = [each.num_embeddings for each in tables]
    if first:
        size = min(first)
        if size - len({p for p in avoided if p < size}) < 2:
            raise ConfigError(FIELD, "a module with at least 2 symbols", size)
        found = [Convention((), size, avoided)]
    return [*found, *(Convention((width,)) for width in _widths(model))]


def _widths(model: torch.nn.Module) -> list[int]:
    """How many features a module may take, by what it and its layers say."""
    widths = [getattr(each, name, None) for each in model.modules() for name in SIZES]
    known = [w for w in widths if isinstance(w, int) and not isinstance(w, bool) and w > 0]
    shapes = [p.shape[side] for p in model.parameters() if p.ndim == 2 for side in (1, 0)]
    # At last what a first layer may get that is put together inside, such as two steps at once.
    return list(dict.fromkeys([*known[:24], *map(int, shapes[:12]), *range(2, 33), 1]))

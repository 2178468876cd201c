"""A torch module `(x, state) -> (y, state)` as a model whose state can be checked."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from echospan.adapters.loading import FIELD
from echospan.adapters.stateful import Script, StatefulPart
from echospan.adapters.support import SUPPORTED, NotCloneable, Support
from echospan.adapters.torch.clone import clone
from echospan.adapters.torch.conventions import Trials, find_convention, steps_of
from echospan.adapters.torch.double import in_double, narrow_types, widen
from echospan.adapters.torch.state_calls import Caller, Convention, Given, NoState
from echospan.adapters.torch.state_methods import StateMethods
from echospan.adapters.torch.state_signature import described, state_signature, step_method
from echospan.adapters.torch.state_tree import duplicate, has_tensors, is_nested_tuples
from echospan.adapters.torch.stateful_arguments import NO_MASK, feeds_positions, mask_style
from echospan.adapters.torch.stateful_facts import blocks, kernel, notes
from echospan.adapters.torch.stateful_running import STEPS, TorchStatefulRunning
from echospan.adapters.torch.stateful_script import script_of
from echospan.errors import ConfigError

if TYPE_CHECKING:
    import torch


def stateful_of(
    module: torch.nn.Module | Callable[[], torch.nn.Module],
    *,
    features: int | None = None,
    symbols: int | None = None,
    batch_first: bool | None = None,
    example: Any = None,
    initial: Callable[[int], Any] | None = None,
    text: str = "",
    source: str = "",
) -> TorchStateful:
    """Make a stateful model of a torch module; a copy in evaluation mode is what runs.

    What is left out is found by the module's attributes and by calling the copy. Example::

        model = stateful_of(torch.nn.LSTM(3, 8, num_layers=2))
        y, state = model.run(model.inputs(batch=2, time=5, seed=0), None)

    Args:
        module: A module whose `forward` takes inputs and a state and returns outputs and the state
            after them, or a cell that does so for one time step; or a function that makes one,
            which is then built in double precision.
        features: Numbers in one time step.
        symbols: Size of the vocabulary of a module that takes integers (batch, time).
        batch_first: Whether it takes (batch, time, ...), or else (time, batch, ...).
        example: Inputs (batch, time, ...), to tell features, or symbols, by.
        initial: Makes the state of the start for a number of rows, where the module needs one.
        text: What messages call it; left out, its class.
        source: ``FILE.py:name`` of a function or class without arguments that makes it, for the
            scripts of faults.

    Raises:
        ConfigError: It is no module, an argument is out of range, or it can't be called; the
            message says what to give.
    """
    import torch

    made = module
    if not isinstance(module, torch.nn.Module) and callable(module):
        with in_double():
            made = module()
    if not isinstance(made, torch.nn.Module):
        raise ConfigError(FIELD, "a torch.nn.Module", type(made).__name__)
    whole: torch.nn.Module = getattr(made, "_orig_mod", made)
    if not source and ":" in text and features is None and symbols is None:
        source = text
    text = text or type(whole).__name__
    steps = steps_of(whole, features, symbols, example)
    name = "" if state_signature(whole).states else step_method(whole)
    if name:
        from echospan.adapters.torch.step_method import Stepped

        whole, source = Stepped(whole, name), ""
    return TorchStateful(whole, steps, batch_first, initial, text, source)


class TorchStateful(TorchStatefulRunning):
    """A copy of a torch module; `stateful_of` makes one.

    What the module keeps in itself between calls stays there: the checks are to see it.

    Args:
        module: The user's, which is only read.
        steps: What one time step may be, the likeliest first.
        batch_first: What the user says of its axes.
        initial: Makes the state of the start for a number of rows.
        text: What messages call it.
        source: ``FILE.py:name`` of what makes it.
    """

    framework = "torch"

    def __init__(
        self,
        module: torch.nn.Module,
        steps: Sequence[Convention],
        batch_first: bool | None,
        initial: Callable[[int], Any] | None,
        text: str,
        source: str,
    ) -> None:
        import torch

        self.text, self.promises = text, {}
        self.versions = {"torch": str(torch.__version__)}
        self._given, self._source = module, source
        self._narrow = narrow_types(module)
        try:
            self.model = clone(module, double=True)
        except NotCloneable as error:
            raise ConfigError(FIELD, "a module that copy.deepcopy can copy", str(error)) from error
        for parameter in self.model.parameters():
            parameter.requires_grad_(False)
        widen(self.model)
        self._signature = state_signature(self.model)
        trials = Trials(self.model, self._signature, initial)
        with self.ready():
            self._convention = find_convention(trials, steps, batch_first, text)
            self._caller = Caller(self.model, self._signature, self._convention, initial)
            if trials.run(self._is_finite) is False:
                raise ConfigError(FIELD, "a module with finite outputs", "NaN or infinite outputs")
            self._refused = trials.first(self._why_no_state)
            self._mask = NO_MASK
            if not self._refused:
                self._axes = trials.run(self._batch_axes) or {}
                self._caller.feeds_positions = feeds_positions(trials, self)
                self._mask = mask_style(trials, self)
        self._methods = StateMethods(self.model)
        self.kernel, self.blocks = kernel(self.model), blocks(self.model)
        fed = self._caller.feeds_positions
        self.notes = notes(module, self._convention, self._mask, fed=fed)

    def _is_finite(self) -> bool:
        x = self.tensor(self.inputs(2, STEPS, 0))
        return bool(self._caller(x, None, stateful=False)[0].isfinite().all())

    def _why_no_state(self) -> str:
        """Why it can't go on from a state; empty where it can."""
        signature = self._signature
        x = self.tensor(self.inputs(2, STEPS, 0))
        form = described(self.model)
        if not signature.states and not signature.by_place:
            return f"{form} takes no state; give it an argument `state`"
        try:
            _, state = self._caller(x, None)
        except NoState as error:
            return f"{form} takes a state, but {error}; return (outputs, state)"
        if not has_tensors(state):
            kind = type(state).__name__
            return f"the state that it returns holds no tensor: it is a {kind}"
        for steps in (STEPS, 1):
            try:
                self._caller(x[:, :steps], duplicate(state), Given(start=STEPS))
            except Exception:
                # Some go on by single steps alone.
                if steps == 1:
                    raise
            else:
                break
        return ""

    def support(self, part: StatefulPart) -> Support:
        """Whether it has an optional part."""
        if part in ("moved", "drawn"):
            return SUPPORTED
        reason = self._refused or ""
        if part == "mask":
            reason = self._mask.refused
        elif part == "positions":
            reason = "" if self._signature.positions else "forward takes no positions"
        elif part == "packed":
            reason = "" if self.packings() else "forward takes no borders of documents"
        elif reason:
            pass
        elif part == "rows":
            reason = self._why_no_rows()
        elif part == "reset":
            reason = self._methods.why_no_reset(self._sample())
        elif part == "crop":
            reason = self._methods.why_no_crop(self._sample())
        return Support("refused", reason) if reason else SUPPORTED

    def script(self) -> Script | None:
        """Lines of plain torch; None where it is not known how the module is made."""
        if self._refused:
            return None
        simple = is_nested_tuples(self._sample())
        axes = set(self._axes.values()) if simple else set()
        axis = axes.pop() if len(axes) == 1 else None
        return script_of(
            self._given, self._source, self._signature, self._convention, axis, self._mask
        )

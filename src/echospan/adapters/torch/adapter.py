"""A torch module as an adapter."""

from __future__ import annotations

import copy
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from echospan.adapters.base import Arrays, Precision
from echospan.adapters.bounds import Bounds
from echospan.adapters.facts import Drawn, Facts
from echospan.adapters.loss_call import LossCall
from echospan.adapters.reshapes import Reshape
from echospan.adapters.row_mixer import RowMixer
from echospan.adapters.signals import Axes, Structure
from echospan.adapters.state import State, batch_axes
from echospan.adapters.support import SUPPORTED, NotCloneable, NotSupported, Part, Support
from echospan.adapters.torch.bounds import output_bounds, recording
from echospan.adapters.torch.calling import Calling
from echospan.adapters.torch.clone import clone
from echospan.adapters.torch.facts import facts
from echospan.adapters.torch.gradients import TorchGradients
from echospan.adapters.torch.loss_calls import loss_calls
from echospan.adapters.torch.mask_lines import recorder as mask_recorder
from echospan.adapters.torch.randomness import GENERATORS, described, recorder
from echospan.adapters.torch.reshapes import recorder as reshape_recorder
from echospan.adapters.torch.row_mixer import row_mixer, softmax_over_rows
from echospan.adapters.torch.running import TorchRunning, nothing, to_numpy, with_time
from echospan.adapters.torch.users_own import as_it_was, may_run, used_by
from echospan.adapters.torch.weights import draw_start, redraw, without_start

if TYPE_CHECKING:
    import torch


class TorchAdapter(TorchGradients):
    """A copy of a torch module.

    Args:
        model: The user's, which is only read.
        example: One batch of its inputs in flat order; the copy is called with it once.
        structure: How `forward` takes several inputs.
        outputs: Names of its outputs, where it has several.
        precision: ``float64``, inner casts to single precision undone; or as the module has it.
        training: Whether the copy runs in training mode.
        batch_first: Whether the module is given (batch, time, ...), or else (time, batch, ...).
        sequences: For each input whether it has a time axis; left out, those with three axes do.
        make: Makes the user's module with the weights of a seed; left out, a copy is drawn anew.
        axes: For each input how the module is given it; left out, as it is.

    Raises:
        NotCloneable: It cannot be copied, or fails when it is called.
    """

    framework = "torch"

    def __init__(
        self,
        model: torch.nn.Module,
        example: Sequence[np.ndarray],
        structure: Structure,
        outputs: Sequence[str] = (),
        *,
        precision: Precision = "given",
        training: bool = False,
        batch_first: bool = True,
        sequences: Sequence[bool] = (),
        make: Callable[[int], torch.nn.Module] | None = None,
        axes: Sequence[Axes] = (),
    ) -> None:
        self._given, self._make = model, make
        self._single = structure.kind == "array" and len(outputs) < 2
        self._plain = batch_first and all(each == "time" for each in axes)
        self._known = facts(model)
        self.training = training
        self._example = [np.asarray(each) for each in example]
        self._hooks: dict[int, list[int]] = {}
        TorchRunning.__init__(
            self,
            clone(model, double=precision == "float64", training=training),
            Calling(model, structure, outputs),
            "float64" if precision == "float64" else self._known.precision,
            batch_first=batch_first,
            timed=list(sequences) or with_time(self._example),
            axes=axes,
        )
        self.replay([example])

    @cached_property
    def facts(self) -> Facts:
        """What is known of it; the size of its state is found out when this is first read."""
        found = replace(self._known, precision=self.precision)
        try:
            after = self._after(1)
        except (NotCloneable, NotSupported):
            return found
        return replace(found, state_numbers=after.numbers, state_bytes=after.nbytes)

    def support(self, part: Part) -> Support:
        """Whether it has an optional part."""
        if part in ("chunks", "chunk_gradient"):
            return self._chunks
        if part == "mask" and not self._calling.mask:
            return Support("refused", "forward takes no mask")
        if part == "positions" and not self._calling.positions:
            return Support("refused", "forward takes no positions")
        if part == "train":
            return self._trains()
        if part == "state_rows":
            return self._rows
        if part == "state_crop":
            return Support("refused", "which axis of its state is time is not known")
        if part == "symbol_gradient" and not self._known.symbols:
            return Support("unknown", "there is no embedding; other places are found by a call")
        if part == "loss":
            return Support("unknown", "a module has none of its own; give one")
        if part == "other_lengths":
            return Support("unknown", "a module says what it takes when it is called")
        if part == "float64" and self.precision != "float64":
            return Support("unknown", "this copy was made in the module's own precision")
        return SUPPORTED

    def replay(
        self,
        batches: Sequence[Sequence[np.ndarray]],
        *,
        carried: bool = True,
        masks: Sequence[np.ndarray | None] = (),
        positions: Sequence[np.ndarray | None] = (),
    ) -> list[Arrays]:
        """See `echospan.adapters.Adapter.replay`."""
        import torch

        found: list[Arrays] = []
        state = None
        with self._quiet(), torch.no_grad():
            for number, batch in enumerate(batches):
                more = self._keywords(masks[number : number + 1], positions[number : number + 1])
                outputs, state = self._call(
                    self._tensors(batch), state if carried else None, [], more
                )
                found.append([self._array(output) for output in outputs])
        return found

    def initial_state(self, rows: int) -> State:
        """No state is given to the first call; the module makes it."""
        self.require("chunks")
        return nothing()

    def chunk(
        self,
        inputs: Sequence[np.ndarray],
        state: State,
        mask: np.ndarray | None = None,
        positions: np.ndarray | None = None,
    ) -> tuple[Arrays, State]:
        """Process a chunk from what the module returned and kept before."""
        self.require("chunks")
        outputs, after = self._chunk(inputs, state, self._keywords([mask], [positions]))
        return outputs, replace(after, batch_axes=self._axes)

    def loss_values(
        self,
        output: int,
        values: np.ndarray,
        targets: np.ndarray,
        loss: Any = None,
        name: str = "",
    ) -> np.ndarray | None:
        """The loss without its reduction, where it has one."""
        import torch

        if loss is None:
            return None
        tried: Any = copy.deepcopy(loss) if isinstance(loss, torch.nn.Module) else loss
        if hasattr(tried, "reduction"):
            tried.reduction = "none"
        try:
            with warnings.catch_warnings(), torch.no_grad():
                # Torch warns of the very thing that is looked for.
                warnings.simplefilter("ignore")
                return np.asarray(tried(torch.as_tensor(values), self._targets([targets])[0]))
        except Exception:
            # The loss refuses these shapes: its own message says so when it is called.
            return None

    def loss_calls(
        self, outputs: Sequence[np.ndarray], targets: Sequence[np.ndarray], loss: Any = None
    ) -> list[LossCall]:
        """Which of torch's own loss functions the loss calls, and with what."""
        import torch

        if loss is None:
            return []
        given, wanted = [torch.as_tensor(each) for each in outputs], self._targets(targets)
        if len(wanted) == 1:
            return [replace(call, output=0) for call in loss_calls(loss, given[0], wanted[0])]
        return loss_calls(loss, given, wanted)

    def randomness(self, inputs: Sequence[np.ndarray]) -> list[Drawn]:
        """What draws: each generator is given another seed, the others keep theirs."""
        first = self.whole(inputs)
        own = _gap(first, self.whole(inputs))
        if own:
            return [described("", own, [])]
        changes = {}
        for source in GENERATORS:
            self.seeds = {source: 1}
            try:
                changes[source] = _gap(first, self.whole(inputs))
            finally:
                self.seeds = {}
        calls: list[tuple[str, str]] = []
        if changes["torch"]:
            with recorder() as mode:
                self.whole(inputs)
            calls = mode.found
        return [described(source, gap, calls) for source, gap in changes.items() if gap]

    def mask_lines(self, inputs: Sequence[np.ndarray], source: int, value: float) -> list[str]:
        """Lines of the module's own code that compare an input with the padding."""
        rows, steps = inputs[source].shape[:2]
        with mask_recorder([(rows, steps), (steps, rows)], value) as mode:
            self.whole(inputs)
        return list(dict.fromkeys(mode.found))

    def row_mixer(
        self, inputs: Sequence[np.ndarray], changed: Sequence[np.ndarray], row: int
    ) -> RowMixer | None:
        """The first module in which rows meet."""
        rows = len(inputs[0])
        found = row_mixer(
            self.model, lambda: self.whole(inputs), lambda: self.whole(changed), row, rows
        )
        if found is not None and found.inside:
            return found
        return softmax_over_rows(lambda: self.whole(inputs), rows) or found

    def reshapes(self, inputs: Sequence[np.ndarray]) -> list[Reshape]:
        """Every view and reshape that the module's own code makes."""
        with reshape_recorder() as mode:
            self.whole(inputs)
        return list(mode.found)

    def answers_of_the_users_own(self, inputs: Sequence[np.ndarray]) -> Arrays | None:
        """What the user's own module answers; a deep copy may hold on to it."""
        import torch

        if not may_run(self._given) or self.precision != self._known.precision:
            return None
        copied = self.model
        with as_it_was(self._given), self._quiet(), torch.no_grad():
            self.model = self._given
            try:
                outputs, _ = self._call(self._tensors(inputs), None, [])
                return [self._array(output) for output in outputs]
            finally:
                self.model = copied

    def still_uses(self, inputs: Sequence[np.ndarray]) -> list[str]:
        """Weights of the user's own module that a call of the copy reads."""
        with used_by(self._given) as noted:
            self.whole(inputs)
        return list(dict.fromkeys(noted.used))

    def is_softmax_of_one(self, values: np.ndarray, loss: Any) -> bool:
        """Whether the loss is a cross-entropy over a single class."""
        import torch

        single = values.shape[1 if values.ndim > 1 else 0] == 1
        return isinstance(loss, torch.nn.CrossEntropyLoss) and single

    def output_bounds(self, inputs: Sequence[np.ndarray]) -> list[Bounds | None]:
        """What the last operations can give, by the graph of one call."""
        import torch

        given = self._tensors(inputs)
        for tensor in given:
            if tensor.is_floating_point():
                tensor.requires_grad_(True)
        with self._quiet(), torch.enable_grad(), recording(self.model) as recorded:
            outputs, _ = self._call([each.clone() for each in given], None, [])
            return output_bounds(outputs, recorded)

    def parameters(self) -> dict[str, np.ndarray]:
        """A copy of all float parameters by name."""
        return {
            name: to_numpy(parameter).copy()
            for name, parameter in self.model.named_parameters()
            if parameter.is_floating_point()
        }

    def trained(self) -> list[str]:
        """Names of the parameters of the user's module that require a gradient."""
        return [name for name, each in self._given.named_parameters() if each.requires_grad]

    def frozen(self) -> list[str]:
        """Names of the parameters that require none."""
        return [name for name, each in self._given.named_parameters() if not each.requires_grad]

    def set_parameters(self, values: Mapping[str, np.ndarray]) -> None:
        """Set parameters by name."""
        import torch

        with torch.no_grad():
            for name, parameter in self.model.named_parameters():
                if name in values:
                    parameter.copy_(torch.as_tensor(values[name], dtype=parameter.dtype))

    def redraw(self, seed: int) -> None:
        """Draw all parameters anew."""
        redraw(self.model, seed)

    def fresh(self, seed: int) -> torch.nn.Module:
        """A copy of the user's module after each `reset_parameters` in it was called for a seed."""
        import torch

        if self._make is not None:
            return self._make(seed)
        made = clone(self._given, double=False, training=self._given.training)
        for own, new in zip(self._given.parameters(), made.parameters(), strict=True):
            new.requires_grad_(own.requires_grad)
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            draw_start(made)
        return made

    def _trains(self) -> Support:
        """Whether echospan's own trainer takes it."""
        if not self._single:
            return Support("refused", "a memory task has one input and one output")
        if not self._plain:
            return Support("refused", "the trainer gives (batch, time, ...) to a module")
        kept = [] if self._make is not None else without_start(self._given)
        if kept:
            why = "is not drawn by any reset_parameters, so that every seed starts with it as given"
            return Support("unknown", f"{kept[0]} {why}")
        if changed := self._changed():
            why = "is changed by a call, and the trainer does not put it back"
            return Support("unknown", f"{changed[0]} {why}")
        return SUPPORTED

    def _changed(self) -> list[str]:
        """What a call leaves behind in the module."""
        import torch

        with self._quiet(), torch.no_grad():
            self._call(self._tensors(self._example), None, [])
            return list(self._memory.changed())

    @cached_property
    def _chunks(self) -> Support:
        try:
            _, after = self._chunk(self._example, nothing(), {})
        except NotSupported as error:
            return Support("refused", error.reason)
        if after.leaves:
            return SUPPORTED
        return Support("refused", "forward returns no state that it takes, and keeps none")

    @cached_property
    def _axes(self) -> dict[str, int | None]:
        """The axis of the rows of each leaf: the one that grows with the batch."""
        try:
            two, three = self._after(2), self._after(3)
        except (NotCloneable, NotSupported):
            return {}
        return batch_axes(two.leaves, three.leaves)

    def _after(self, rows: int) -> State:
        """The state after the example, with another number of rows."""
        inputs = [each[np.arange(rows) % len(each)] for each in self._example]
        return self._chunk(inputs, nothing(), {})[1]

    @property
    def _rows(self) -> Support:
        if self._chunks.verdict != "supported":
            return self._chunks
        try:
            missing = set(self._after(2).leaves) - set(self._axes)
        except NotCloneable as error:
            return Support("unknown", f"it runs with no other batch size: {error}")
        if missing:
            return Support("unknown", f"which axis of {min(missing)} holds the rows is not known")
        return SUPPORTED


def _gap(one: Sequence[np.ndarray], other: Sequence[np.ndarray]) -> float:
    """The largest change of an output; not a number twice is none."""
    gaps = [np.nan_to_num(np.abs(a - b)).max(initial=0.0) for a, b in zip(one, other, strict=True)]
    return float(max(gaps, default=0.0))

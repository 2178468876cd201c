"""The interface of an adapter: a clone of a user's model, run the same way in every framework.

Arrays go in and come out as NumPy arrays. Inputs and outputs are lists, one array for each, in flat
order; axes are (batch, time, ...) whatever order the model itself takes.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, ClassVar, Literal

import numpy as np

from echospan.adapters.bounds import Bounds
from echospan.adapters.facts import Drawn, Facts, Framework, Gradient
from echospan.adapters.loss_call import LossCall
from echospan.adapters.mask_steps import MaskStep
from echospan.adapters.reshapes import Reshape
from echospan.adapters.row_mixer import RowMixer
from echospan.adapters.state import State
from echospan.adapters.support import NotSupported, Part, Support
from echospan.adapters.teaching import Teaching

Precision = Literal["given", "float64"]
Arrays = list[np.ndarray]
"""One array for each input, or each output, in flat order."""


class Adapter(ABC):
    """A clone of a user's model.

    The user's own is never changed, and only `answers_of_the_users_own` runs it.

    The clone is made for a number of inputs; `echospan.adapters.adapt` makes one.

    Attributes:
        framework: Which one the model is made of.
        model: The clone.
        precision: Float type in which the clone computes.
        training: Whether it runs in training mode.
    """

    framework: ClassVar[Framework]
    model: Any
    precision: str
    training: bool

    # What it has.

    @property
    @abstractmethod
    def facts(self) -> Facts:
        """What is known of it."""

    @abstractmethod
    def support(self, part: Part) -> Support:
        """Whether it has an optional part."""

    def require(self, part: Part) -> None:
        """Refuse to go on without a part.

        Raises:
            NotSupported: The part is refused; says why.
        """
        found = self.support(part)
        if found.verdict == "refused":
            raise NotSupported(part, found.reason)

    # Running.

    def whole(
        self,
        inputs: Sequence[np.ndarray],
        mask: np.ndarray | None = None,
        positions: np.ndarray | None = None,
    ) -> Arrays:
        """Process whole sequences in one call, from the initial state.

        Args:
            inputs: One array (batch, time, ...) for each input.
            mask: Booleans (batch, time), true at real steps.
            positions: Integers (batch, time), the position of each step in its sequence.

        Returns:
            One array for each output, (batch, time, ...) or (batch, ...).

        Raises:
            NotSupported: A mask or positions are given, and the model takes none.
            NotCloneable: The model fails on these inputs.
        """
        return self.replay([inputs], masks=[mask], positions=[positions])[0]

    @abstractmethod
    def replay(
        self,
        batches: Sequence[Sequence[np.ndarray]],
        *,
        carried: bool = True,
        masks: Sequence[np.ndarray | None] = (),
        positions: Sequence[np.ndarray | None] = (),
    ) -> list[Arrays]:
        """Process batches in their order, as the user's own loop would call the model.

        The first starts from the initial state. State goes on as the model itself hands it on: by
        stateful layers, by attributes that a module keeps, and by the state that it returns.

        Args:
            batches: Inputs of each.
            carried: Whether a state that the model returns goes into the next call. What it keeps
                by itself goes on in any case.
            masks: Of each batch; none where left out.
            positions: Of each batch; none where left out.

        Returns:
            The outputs of each batch.
        """

    @abstractmethod
    def initial_state(self, rows: int) -> State:
        """The state before the first step.

        Args:
            rows: Sequences in the batch.

        Raises:
            NotSupported: The model cannot go on from a state.
        """

    @abstractmethod
    def chunk(
        self,
        inputs: Sequence[np.ndarray],
        state: State,
        mask: np.ndarray | None = None,
        positions: np.ndarray | None = None,
    ) -> tuple[Arrays, State]:
        """Process the next chunk, of any length, from a state.

        Args:
            inputs: One array (batch, time, ...) for each input.
            state: From `initial_state` or the call before; it is not changed.
            mask: Booleans (batch, time) of this chunk, true at real steps.
            positions: Integers (batch, time), positions in the whole sequence.

        Returns:
            The outputs of this chunk, and the state after it.

        Raises:
            NotSupported: The model cannot go on from a state, or takes no mask or positions.
        """

    def step(
        self,
        inputs: Sequence[np.ndarray],
        state: State,
        mask: np.ndarray | None = None,
        positions: np.ndarray | None = None,
    ) -> tuple[Arrays, State]:
        """Process one time step from a state: inputs without the time axis, (batch, ...).

        Returns:
            The outputs of this step, (batch, ...), and the state after it.
        """
        outputs, after = self.chunk(
            [each[:, None] for each in inputs],
            state,
            None if mask is None else mask[:, None],
            None if positions is None else positions[:, None],
        )
        return [each[:, 0] if each.ndim > 2 else each for each in outputs], after

    def loss_per_sample(
        self, inputs: Sequence[np.ndarray], targets: Sequence[np.ndarray], loss: Any = None
    ) -> np.ndarray:
        """The loss of each sample alone, (batch,).

        Args:
            inputs: One array (batch, time, ...) for each input.
            targets: One array (batch, ...) for each output.
            loss: The user's loss; left out, the one that the model was compiled with.

        Raises:
            NotSupported: There is no loss.
        """
        outputs = self.whole(inputs)
        rows = len(outputs[0])
        return np.array(
            [
                self.loss([o[r : r + 1] for o in outputs], [t[r : r + 1] for t in targets], loss)
                for r in range(rows)
            ]
        )

    @abstractmethod
    def loss(
        self, outputs: Sequence[np.ndarray], targets: Sequence[np.ndarray], loss: Any = None
    ) -> float:
        """The user's loss of outputs that were computed before.

        Raises:
            NotSupported: There is no loss.
        """

    def loss_values(
        self,
        output: int,
        values: np.ndarray,
        targets: np.ndarray,
        loss: Any = None,
        name: str = "",
    ) -> np.ndarray | None:
        """The loss of one output before it is averaged, in the shape in which it is computed.

        A loss that spreads targets over outputs shows by more numbers than either has.

        Args:
            output: Number of the output.
            values: Outputs of one batch.
            targets: As many targets.
            loss: The user's loss; left out, the one that the model was compiled with.
            name: What the user calls the output, where losses are given by name.

        Returns:
            The values; None where the loss does not tell, or refuses these shapes.
        """
        return None

    def met(
        self,
        output: int,
        values: np.ndarray,
        targets: np.ndarray,
        loss: Any = None,
        name: str = "",
    ) -> tuple[np.ndarray, np.ndarray]:
        """Outputs and targets in the shapes in which the loss compares them.

        Args:
            output: Number of the output.
            values: Outputs of one batch.
            targets: As many targets.
            loss: The user's loss; left out, the one that the model was compiled with.
            name: What the user calls the output, where losses are given by name.

        Returns:
            Both as they are, unless the framework itself removes or adds axes first.
        """
        return values, targets

    def loss_calls(
        self, outputs: Sequence[np.ndarray], targets: Sequence[np.ndarray], loss: Any = None
    ) -> list[LossCall]:
        """Which of the framework's own loss functions the loss calls, and with what.

        Args:
            outputs: One array (batch, ...) for each output.
            targets: As many targets.
            loss: The user's loss; left out, the one that the model was compiled with.

        Returns:
            The calls of known functions; none where the loss is something else, or there is none.
        """
        return []

    def metric_names(self) -> list[str]:
        """What the model is compiled to measure beside the loss; empty without such."""
        return []

    def randomness(self, inputs: Sequence[np.ndarray]) -> list[Drawn]:
        """What draws random numbers that change the outputs of the same inputs.

        Args:
            inputs: One array (batch, time, ...) for each input.

        Returns:
            The sources; none where outputs repeat, or where the framework does not tell.
        """
        return []

    def mask_steps(self, inputs: Sequence[np.ndarray]) -> list[MaskStep]:
        """What every layer does with a mask that comes with its inputs, in the order of the calls.

        Args:
            inputs: One array (batch, time, ...) for each input.

        Returns:
            The calls; none where the framework has no masks that go along with tensors.
        """
        return []

    def answers_of_the_users_own(self, inputs: Sequence[np.ndarray]) -> Arrays | None:
        """What the user's own model answers in evaluation mode; it is left as it was.

        Only where a clone is a copy of memory, whose functions may still hold on to the original.

        Returns:
            The outputs; None where the clone is made of the model's configuration, or where the
            model can't be run without leaving traces.
        """
        return None

    def still_uses(self, inputs: Sequence[np.ndarray]) -> list[str]:
        """Weights of the user's own model that a call of the clone reads, by name."""
        return []

    def mask_lines(self, inputs: Sequence[np.ndarray], source: int, value: float) -> list[str]:
        """Where the model's own code makes a mask of an input.

        Args:
            inputs: One array (batch, time, ...) for each input.
            source: Number of the input.
            value: The padding that it compares the input with.

        Returns:
            Lines, "file:line"; none where the framework does not tell.
        """
        return []

    def row_mixer(
        self, inputs: Sequence[np.ndarray], changed: Sequence[np.ndarray], row: int
    ) -> RowMixer | None:
        """The first layer in which rows of a batch meet.

        Args:
            inputs: One array (batch, time, ...) for each input.
            changed: The same with another input in one row.
            row: That row, not the last.

        Returns:
            The layer; None where it isn't found, or where the framework does not tell.
        """
        return None

    def reshapes(self, inputs: Sequence[np.ndarray]) -> list[Reshape]:
        """The reshapes of the model's own code in one call, in order.

        Args:
            inputs: One array (batch, time, ...) for each input.

        Returns:
            The reshapes; none where the framework does not tell.
        """
        return []

    def is_softmax_of_one(self, values: np.ndarray, loss: Any) -> bool:
        """Whether a loss takes the softmax of outputs that have a single class."""
        return False

    def output_bounds(self, inputs: Sequence[np.ndarray]) -> list[Bounds | None]:
        """What each output can be at all, whatever the weights, as its last operations say.

        Args:
            inputs: One batch.

        Returns:
            Bounds for each output, None for one that has none; empty where that is not known.
        """
        return []

    def trained(self) -> list[str]:
        """Names of the parameters that the user's training may change."""
        return list(self.parameters())

    def frozen(self) -> list[str]:
        """Names of parameters that the user keeps from training."""
        return []

    def adds_losses(self) -> bool:
        """Whether the model adds losses of its own, by which it trains parts without an effect."""
        return False

    def teaching(self, inputs: Sequence[np.ndarray], *, training: bool = False) -> Teaching | None:
        """Which parameters the gradient of all that the model returns reaches.

        Args:
            inputs: One batch.
            training: Whether the model is called in training mode.

        Returns:
            None where a call is not looked at for it, since nothing can cut the gradient.
        """
        return None

    def kept_graph(self, inputs: Sequence[np.ndarray]) -> list[str]:
        """Places in which a call keeps state that still hangs on its graph, by full name.

        Only where the next call goes on from it, so that a backward pass runs into the one before.
        """
        return []

    @abstractmethod
    def gradient(
        self,
        chunks: Sequence[Sequence[np.ndarray]],
        mixtures: Sequence[np.ndarray | None] = (),
        *,
        targets: Sequence[np.ndarray] | None = None,
        loss: Any = None,
        wanted: Collection[int] | None = None,
        parameters: bool = False,
        detached: bool = False,
    ) -> Gradient:
        """Differentiate an answer, or a loss, of the last chunk through all chunks before it.

        Args:
            chunks: Inputs of each chunk, in order; the first starts from the initial state.
            mixtures: What each output of the last chunk is multiplied with; the sum of it all is
                differentiated. None, or one left out, stands for zeros.
            targets: In place of mixtures: targets of the last chunk; the loss is differentiated.
            loss: The user's loss; left out, the one that the model was compiled with.
            wanted: Numbers of the inputs whose gradient is wanted; left out, all of them.
            parameters: Whether the gradient of the parameters is wanted, too.
            detached: Whether the state is detached at each border between chunks.

        Raises:
            NotSupported: Several chunks are given, and the model cannot go on from a state.
        """

    def receptive_field(self, inputs: Sequence[np.ndarray]) -> int | None:
        """Measure how many steps of the first input the newest answer depends on.

        Args:
            inputs: One batch of numbers, longer than what is to be measured.

        Returns:
            The steps, the newest one included, as the gradient shows them under this draw of the
            weights; None where the oldest step given still counts, so that there may be more.

        Raises:
            NotSupported: The first input has no gradient.
        """
        outputs = self.whole(inputs)
        mixtures = [np.zeros(output.shape) for output in outputs]
        newest = mixtures[0][:, -1] if mixtures[0].ndim > 2 else mixtures[0]
        newest[...] = np.random.default_rng(7).normal(size=newest.shape)
        found = self.gradient([inputs], mixtures, wanted=[0]).inputs[0][0]
        if found is None:
            raise NotSupported(
                "input_gradient", "the layer that turns symbols into vectors was not found"
            )
        steps = np.flatnonzero(np.abs(found).reshape(*found.shape[:2], -1).max((0, 2)))
        field_size = found.shape[1] - int(steps[0]) if steps.size else 0
        return None if field_size == found.shape[1] else field_size

    # Weights.

    @abstractmethod
    def parameters(self) -> dict[str, np.ndarray]:
        """A copy of all float weights by name."""

    @abstractmethod
    def set_parameters(self, values: Mapping[str, np.ndarray]) -> None:
        """Set weights by name; those that are not named stay."""

    @abstractmethod
    def redraw(self, seed: int) -> None:
        """Draw all weights anew, such that a signal gets through if there is a way at all.

        The same seed gives the same weights. Seeds 0, 1 and 2 differ in how long gates keep the
        state: from quickly forgetting to hardly at all.
        """

    @abstractmethod
    def fresh(self, seed: int) -> Any:
        """Make the user's model anew, with weights that its own initialisers draw for a seed.

        `redraw` draws weights for probes; these are the ones that training starts from. For a pair
        (init, apply) it is the pair itself, whose `init` draws. See
        `echospan.adapters.resolve.trainable_of`.
        """

    @contextmanager
    def kept_weights(self) -> Iterator[None]:
        """Put the weights back on leaving, whatever was done to them inside."""
        before = self.parameters()
        try:
            yield
        finally:
            self.set_parameters(before)

    @contextmanager
    def drawn(self, seed: int) -> Iterator[None]:
        """Run with weights that are drawn for a seed."""
        with self.kept_weights():
            self.redraw(seed)
            yield

    @contextmanager
    def moved(self, move: Callable[[str, np.ndarray], np.ndarray]) -> Iterator[None]:
        """Run with weights that a function of their name and value gives."""
        with self.kept_weights():
            self.set_parameters({n: move(n, v) for n, v in self.parameters().items()})
            yield

    def scaled(self, factor: float) -> Any:
        """Run with all weights multiplied by a factor."""
        return self.moved(lambda _, value: value * factor)

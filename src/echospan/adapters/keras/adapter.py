"""A Keras model, on any of Keras's backends, as an adapter."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from echospan.adapters.base import Adapter, Arrays, Precision
from echospan.adapters.bounds import Bounds
from echospan.adapters.facts import Drawn, Facts, Gradient
from echospan.adapters.keras.bounds import called_bounds, output_bounds
from echospan.adapters.keras.clone import build, clone, copy_weights, double_precision, of_user
from echospan.adapters.keras.cuts import adds_losses, cuts_gradients
from echospan.adapters.keras.embedding_hooks import EmbeddingHooks
from echospan.adapters.keras.facts import facts
from echospan.adapters.keras.losses import Losses, metric_names
from echospan.adapters.keras.mask_steps import mask_steps
from echospan.adapters.keras.on_jax import OnJax
from echospan.adapters.keras.on_tensorflow import OnTensorFlow
from echospan.adapters.keras.on_torch import OnTorch
from echospan.adapters.keras.randomness import drawn
from echospan.adapters.keras.reshapes import reshapes
from echospan.adapters.keras.running import Derivative, Keywords, Runner, Values, mix
from echospan.adapters.keras.starting import drawn_by_numpy
from echospan.adapters.keras.weights import redraw
from echospan.adapters.loading import INPUT_ATTRIBUTE, STATE_BITS_ATTRIBUTE, seeded
from echospan.adapters.loss_call import LossCall
from echospan.adapters.mask_steps import MaskStep
from echospan.adapters.reshapes import Reshape
from echospan.adapters.signals import Structure
from echospan.adapters.state import State
from echospan.adapters.support import SUPPORTED, NotCloneable, NotSupported, Part, Support
from echospan.adapters.teaching import Teaching, Weight
from echospan.engine import keras_internals as internals
from echospan.engine.carried import carriers
from echospan.engine.stepwise import check_streams
from echospan.errors import ConfigError

if TYPE_CHECKING:
    import keras

POSITIONS = ("positions", "position_ids")
"""Names under which a model's call may take the positions of time steps."""


class KerasAdapter(Adapter):
    """A clone of a Keras model.

    Args:
        model: The user's, which is only read.
        example: One batch of its inputs in flat order, to build the clone with.
        structure: How the model wants them nested.
        precision: ``float64``, or as the model has it.
        training: Whether the clone runs in training mode.
        own_weights: Whether the clone has the model's weights, or else weights of its own.
        any_length: Make the clone with an open time axis.
        closed: Names of inputs that have no time axis, which then stay as they are.
        make: Makes the user's model with the weights of a seed. Where it is given, `model` was made
            for this adapter alone and is taken as it is, in its own precision.

    Raises:
        NotCloneable: No clone can be made or run.
    """

    framework = "keras"

    def __init__(
        self,
        model: keras.Model,
        example: Sequence[np.ndarray],
        structure: Structure,
        *,
        precision: Precision = "given",
        training: bool = False,
        own_weights: bool = True,
        any_length: bool = False,
        closed: Collection[str] = (),
        make: Callable[[int], keras.Model] | None = None,
    ) -> None:
        self._given, self._make = model, make
        self._example = [np.asarray(each) for each in example]
        self.precision = "float64" if precision == "float64" else "float32"
        self.training = training
        self._known, self._losses = facts(model), Losses(model)
        self._structure = structure
        self._double = str(getattr(model, "variable_dtype", "")) == "float64"
        with self._scope():
            dtype = "float64" if precision == "float64" else None
            self.model = model
            if make is None:
                with drawn_by_numpy():
                    self.model = clone(model, dtype=dtype, any_length=any_length, closed=closed)
                    batch = structure.pack(self._typed(example))
                    build(self.model, batch, None if any_length else model)
                if own_weights and model.built and not copy_weights(model, self.model):
                    raise NotCloneable("its weights do not fit the clone")
            hooks = EmbeddingHooks(self.model)
            self._runner = _runner(self.model, structure.pack, hooks, training=training)
        self._hooks: dict[int, list[int]] = {}

    @cached_property
    def facts(self) -> Facts:
        """What is known of it; the size of its state is found out when this is first read."""
        numbers = size = None
        if self.support("chunks").verdict == "supported":
            state = self.initial_state(1)
            numbers, size = state.numbers, state.nbytes
        return replace(
            self._known, parameters=self.model.count_params(), state_numbers=numbers,
            state_bytes=size, precision=self.precision,
        )  # fmt: skip

    def support(self, part: Part) -> Support:
        """Whether it has an optional part."""
        if part in ("mask", "positions"):
            return self._takes(part)
        if part in ("chunks", "chunk_gradient"):
            return self._streams
        if part == "train":
            return self._trains()
        if part == "state_crop":
            return Support("refused", "recurrent layers keep no step apart")
        if part == "symbol_gradient" and not self._known.symbols:
            return Support("refused", "no layer reads symbols")
        if part == "loss" and not self._losses.compiled:
            return Support("refused", "the model is not compiled with a loss")
        if part == "training_mode" and not internals.takes_training(self.model):
            return Support("refused", "its call takes no argument training")
        if part == "float64" and any(of_user(type(each)) for each in internals.layers(self.model)):
            return Support("unknown", "a class of the user's own may cast to single precision")
        if part == "float64" and self.precision != "float64":
            return Support("unknown", "this clone was made in the model's own precision")
        if part == "other_lengths" and not (self._known.inputs or self._known.built):
            return Support("unknown", "its inputs have no shapes before it is built")
        return SUPPORTED

    def replay(
        self,
        batches: Sequence[Sequence[np.ndarray]],
        *,
        carried: bool = True,
        masks: Sequence[np.ndarray | None] = (),
        positions: Sequence[np.ndarray | None] = (),
    ) -> list[Arrays]:
        """Process batches in order; stateful layers carry state from each to the next.

        See `echospan.adapters.Adapter.replay`. A Keras model returns no state, so that `carried`
        makes no difference.
        """
        given = [self._typed(batch) for batch in batches]
        more = [
            self._keywords(given[place], _at(masks, place), _at(positions, place))
            for place in range(len(given))
        ]
        with self._scope():
            return self._runner.replay(given, more)[0]

    def initial_state(self, rows: int) -> State:
        """Zeros, or whatever the layers begin with, for each layer that can carry state."""
        self.require("chunks")
        with self._scope():
            return self._state(self._runner.states(rows))

    def chunk(
        self,
        inputs: Sequence[np.ndarray],
        state: State,
        mask: np.ndarray | None = None,
        positions: np.ndarray | None = None,
    ) -> tuple[Arrays, State]:
        """Process a chunk from a state; the model need not be stateful."""
        self.require("chunks")
        arrays = self._typed(inputs)
        with self._scope():
            before = [leaf.copy() for leaf in state.leaves.values()]
            outputs, after = self._runner.chunk(
                arrays, before, self._keywords(arrays, mask, positions)
            )
        return outputs, self._state(after)

    def loss(
        self, outputs: Sequence[np.ndarray], targets: Sequence[np.ndarray], loss: Any = None
    ) -> float:
        """The compiled loss, or another, of outputs that were computed before."""
        with self._scope():
            return self._losses.number(outputs, targets, loss)

    def loss_values(
        self,
        output: int,
        values: np.ndarray,
        targets: np.ndarray,
        loss: Any = None,
        name: str = "",
    ) -> np.ndarray | None:
        """What a loss object computes before it takes the mean."""
        return self._losses.values(output, values, targets, loss, name)

    def met(
        self,
        output: int,
        values: np.ndarray,
        targets: np.ndarray,
        loss: Any = None,
        name: str = "",
    ) -> tuple[np.ndarray, np.ndarray]:
        """As Keras hands them to a loss function, whose last axis it makes fit."""
        return self._losses.met(output, values, targets, loss, name)

    def randomness(self, inputs: Sequence[np.ndarray]) -> list[Drawn]:
        """Layers that draw by their own seed, and generators that the user's code draws from."""
        given = self._typed(inputs)
        with self._scope():
            return drawn(
                self.model,
                lambda: self._runner.replay([given])[0][0],
                lambda: self._runner.anew(given),
            )

    def loss_calls(
        self, outputs: Sequence[np.ndarray], targets: Sequence[np.ndarray], loss: Any = None
    ) -> list[LossCall]:
        """The losses of Keras's own among those of the outputs."""
        return self._losses.calls(outputs, targets, loss)

    def metric_names(self) -> list[str]:
        """Names of the compiled metrics, of all outputs."""
        return metric_names(self._given)

    def output_bounds(self, inputs: Sequence[np.ndarray]) -> list[Bounds | None]:
        """What the last layers can give; a class of the user's own is called symbolically."""
        import keras

        found = output_bounds(self.model)
        if found or not of_user(type(self.model)):
            return found
        with self._scope():
            symbols = [
                keras.KerasTensor(each.shape, str(each.dtype)) for each in self._typed(inputs)
            ]
            return called_bounds(self.model, self._structure.pack(symbols))

    def mask_steps(self, inputs: Sequence[np.ndarray]) -> list[MaskStep]:
        """What every layer does with its mask, in a call that computes nothing."""
        with self._scope():
            call = self._runner.call
            return mask_steps(lambda arrays: call(arrays, [], {})[0], self._typed(inputs))

    def reshapes(self, inputs: Sequence[np.ndarray]) -> list[Reshape]:
        """The reshapes in a call that computes nothing."""
        with self._scope():
            call = self._runner.call
            return reshapes(lambda arrays: call(arrays, [], {})[0], self._typed(inputs))

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
        """See `echospan.adapters.Adapter.gradient`."""
        if len(chunks) > 1:
            self.require("chunk_gradient")
        given = [self._typed(chunk) for chunk in chunks]
        with self._scope():
            symbols = [
                place
                for place, array in enumerate(given[0])
                if array.dtype.kind in "iu" and (wanted is None or place in wanted)
            ]
            hooks = {place: self._hooks_of(place, given[0]) for place in symbols}
            floats = any(
                array.dtype.kind == "f" and (wanted is None or place in wanted)
                for place, array in enumerate(given[0])
            )
            if not (floats or any(hooks.values()) or parameters):
                # Lengths, masks, or symbols whose vectors are not found.
                return Gradient([[None] * len(chunk) for chunk in given])
            added = [self._zeros(chunk) if any(hooks.values()) else [] for chunk in given]
            slopes = self._runner.gradient(
                Derivative(
                    given,
                    mix if targets is None else self._losses.score(loss),
                    self._by(mixtures) if targets is None else list(targets),
                    added,
                    self._runner.states(len(given[0][0])) if len(given) > 1 else None,
                    parameters,
                    detached,
                )
            )
        inputs = [
            [self._of_symbols(vectors, hooks[place], chunk[place]) if place in hooks else found
             for place, found in enumerate(of_inputs)]
            for of_inputs, vectors, chunk in zip(slopes.inputs, slopes.added, given, strict=True)
        ]  # fmt: skip
        names = [variable.path for variable in self.model.trainable_variables]
        return Gradient(inputs, dict(zip(names, slopes.parameters, strict=False)), slopes.value)

    def parameters(self) -> dict[str, np.ndarray]:
        """A copy of all float weights by their path."""
        import keras

        return {
            variable.path: np.array(keras.ops.convert_to_numpy(variable.value))
            for variable in self.model.weights
            if "float" in str(variable.dtype)
        }

    def trained(self) -> list[str]:
        """Paths of the trainable weights."""
        return [variable.path for variable in self.model.trainable_variables]

    def frozen(self) -> list[str]:
        """Paths of weights that would be trained if their layer were trainable."""
        return [variable.path for variable in internals.frozen_variables(self.model)]

    def adds_losses(self) -> bool:
        """Whether a class of the user's own calls `add_loss` or has a training step of its own."""
        return adds_losses(self._given)

    def teaching(self, inputs: Sequence[np.ndarray], *, training: bool = False) -> Teaching | None:
        """Which weights a gradient reaches, where some layer or operation may cut it.

        Built-in layers cut none; then None, which costs nothing.
        """
        if not cuts_gradients(self.model):
            return None
        rng = np.random.default_rng(7)
        mixtures = self._by([rng.normal(size=each.shape) for each in self.whole(inputs)])
        with self._scope():
            wanted = Derivative([self._typed(inputs)], mix, mixtures, [[]], parameters=True)
            reached = self._runner.reached(wanted)
        pairs = zip(self.model.trainable_variables, reached, strict=True)
        return Teaching({v.path: Weight(int(np.prod(v.shape)), size) for v, size in pairs})

    def set_parameters(self, values: Mapping[str, np.ndarray]) -> None:
        """Set weights by their path."""
        with self._scope():
            for variable in self.model.weights:
                if variable.path in values:
                    variable.assign(values[variable.path])

    def redraw(self, seed: int) -> None:
        """Draw all weights anew."""
        with self._scope():
            redraw(self.model, seed)

    def fresh(self, seed: int) -> keras.Model:
        """A model like the user's, in its own precision, with newly drawn weights."""
        if self._make is not None:
            return self._make(seed)
        with seeded(seed):
            made = clone(self._given)
            kinds = {"float64": "float32", "int64": "int32"}
            batch = [each.astype(kinds.get(each.dtype.name, each.dtype)) for each in self._example]
            build(made, self._structure.pack(batch))
        for name in (INPUT_ATTRIBUTE, STATE_BITS_ATTRIBUTE):
            if hasattr(self._given, name):
                setattr(made, name, getattr(self._given, name))
        return made

    def _trains(self) -> Support:
        """Whether echospan's own trainer takes it."""
        import keras

        backend = keras.backend.backend()
        if backend != "jax":
            return Support("refused", f"Keras models are trained on JAX; Keras runs on {backend}")
        if self._structure.kind != "array" or len(getattr(self.model, "outputs", None) or "1") > 1:
            return Support("refused", "a memory task has one input and one output")
        return SUPPORTED

    def _scope(self) -> AbstractContextManager[Any]:
        return double_precision() if self.precision == "float64" else nullcontext()

    def _typed(self, arrays: Sequence[np.ndarray]) -> list[Any]:
        kinds = {"f": self.precision, "i": "int32", "u": "int32", "b": "bool"}
        found = [np.asarray(a) for a in arrays]
        if not self._double:
            # The user's model reads single precision: a mask's value must be met as it does.
            found = [a.astype("float32") if a.dtype.kind == "f" else a for a in found]
        return [a.astype(kinds[a.dtype.kind]) for a in found]

    def _takes(self, part: Part) -> Support:
        """Whether the model's call takes a mask, or positions."""
        import keras

        names = set(inspect.signature(self.model.call).parameters)
        if part == "positions":
            found = [name for name in POSITIONS if name in names]
            return SUPPORTED if found else Support("refused", "its call takes no positions")
        if isinstance(self.model, keras.Sequential) or "mask" in names:
            return SUPPORTED
        return Support("refused", "its call takes no mask")

    def _keywords(
        self, arrays: Sequence[np.ndarray], mask: np.ndarray | None, positions: np.ndarray | None
    ) -> dict[str, Any]:
        found: dict[str, Any] = {}
        if mask is not None:
            self._must_take("mask")
            real = np.asarray(mask, bool)
            # Else Keras warns that the model as a whole hands no mask on.
            self.model.supports_masking = True
            each = [real if array.shape[:2] == real.shape else None for array in arrays]
            found["mask"] = self._structure.pack(each)
        if positions is not None:
            self._must_take("positions")
            names = inspect.signature(self.model.call).parameters
            name = next(name for name in POSITIONS if name in names)
            found[name] = np.asarray(positions, "int32")
        return found

    def _must_take(self, part: Part) -> None:
        support = self._takes(part)
        if support.verdict != "supported":
            raise NotSupported(part, support.reason)

    @cached_property
    def _streams(self) -> Support:
        import keras

        if keras.backend.backend() == "tensorflow":
            return Support("unknown", "chunks were never tried on TensorFlow")
        try:
            check_streams(self.model)
        except ConfigError as error:
            return Support("refused", str(error))
        except Exception as error:
            return Support("unknown", f"trying its layers failed: {error}")
        if self.training:
            return Support("unknown", "in training mode layers may draw at random")
        return SUPPORTED

    @cached_property
    def _state_names(self) -> list[str]:
        with self._scope():
            return [
                f"{layer.name}.{number}"
                for layer in carriers(self.model)
                for number in range(len(_flat(layer.get_initial_state(1))))
            ]

    def _state(self, values: Sequence[np.ndarray]) -> State:
        names = self._state_names
        leaves = dict(zip(names, values, strict=True))
        structure = ["list", [["leaf", name] for name in names]]
        return State(leaves, structure, dict.fromkeys(names, 0))

    def _by(self, mixtures: Sequence[np.ndarray | None]) -> list[Any]:
        return [None if each is None else np.asarray(each, self.precision) for each in mixtures]

    def _zeros(self, chunk: list[Any]) -> list[np.ndarray]:
        _, seen = self._runner.replay([chunk])
        return [np.zeros(each.shape, each.dtype) for each in seen]

    def _hooks_of(self, number: int, arrays: list[Any]) -> list[int]:
        """The places at which an input's symbols become vectors, found by changing all of them."""
        if number not in self._hooks:
            batch = arrays[number]
            width = self._known.vocabulary or max(int(batch.max()) + 1, 2)
            changed = [*arrays[:number], (batch + 1) % width, *arrays[number + 1 :]]
            before, after = (self._runner.replay([each])[1] for each in (arrays, changed))
            self._hooks[number] = [
                place
                for place, (one, other) in enumerate(zip(before, after, strict=True))
                if one.shape[:2] == batch.shape[:2] and (one != other).any()
            ]
        return self._hooks[number]

    def _of_symbols(
        self, vectors: list[np.ndarray], hooks: list[int], symbols: np.ndarray
    ) -> np.ndarray | None:
        if not hooks:
            return None
        shape = (*symbols.shape[:2], -1)
        return np.concatenate([np.abs(vectors[hook]).reshape(shape) for hook in hooks], axis=2)


def _at(given: Sequence[np.ndarray | None], place: int) -> np.ndarray | None:
    return given[place] if place < len(given) else None


def _flat(tree: Any) -> list[Any]:
    import keras

    found: list[Any] = keras.tree.flatten(tree)
    return found


def _runner(
    made: keras.Model,
    pack: Callable[[Values], Any],
    hooks: EmbeddingHooks,
    *,
    training: bool = False,
) -> Runner:
    """The runner of the current backend.

    Args:
        made: A built clone.
        pack: Gives flat inputs the structure in which the model takes them.
        hooks: Those of the clone.
        training: Whether it is called in training mode.
    """
    import keras

    def call(arrays: Values, added: Values, keywords: Keywords) -> tuple[Values, Values]:
        hooks.start(added)
        outputs = keras.tree.flatten(made(pack(arrays), training=training, **keywords))
        return outputs, list(hooks.seen)

    kinds: dict[str, Any] = {"jax": OnJax, "tensorflow": OnTensorFlow, "torch": OnTorch}
    found: Runner = kinds[keras.backend.backend()](made, call)
    return found

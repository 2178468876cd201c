"""A Keras model or layer, on any of Keras's backends, as a stateful model."""

from __future__ import annotations

import importlib
import inspect
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from echospan.adapters.keras.clone import build, clone, copy_weights, double_precision
from echospan.adapters.keras.embedding_hooks import EmbeddingHooks
from echospan.adapters.keras.starting import drawn_by_numpy
from echospan.adapters.keras.state_inputs import inputs_of
from echospan.adapters.keras.state_on_jax import OnJaxCompiled
from echospan.adapters.keras.state_runner import (
    OnTensorFlowPlain,
    OnTorchPlain,
    StateRunner,
    numpy,
    tensor,
)
from echospan.adapters.keras.state_script import script_of
from echospan.adapters.keras.state_ways import InInputs, InVariables, way_of
from echospan.adapters.keras.weights import redraw
from echospan.adapters.state import batch_axes
from echospan.adapters.stateful import Script, StatefulModel, StatefulPart
from echospan.adapters.support import SUPPORTED, NotCloneable, Support
from echospan.engine import keras_internals as internals
from echospan.errors import ConfigError

if TYPE_CHECKING:
    import keras

DESTROYS = "does not support masking"
"""Words of Keras's warning that a layer loses the mask."""


RUNNERS: dict[str, type[StateRunner]] = {
    "jax": OnJaxCompiled,
    "tensorflow": OnTensorFlowPlain,
    "torch": OnTorchPlain,
}


def stateful_of(
    model: keras.Layer,
    *,
    text: str = "",
    features: int | None = None,
    symbols: int | None = None,
) -> KerasStateful:
    """A Keras model or layer as a stateful model; see `KerasStateful`."""
    return KerasStateful(model, text=text, features=features, symbols=symbols)


class KerasStateful(StatefulModel):
    """A clone in float64 of a Keras model or layer that can go on from a state.

    States are trees of NumPy arrays.

    Example::

        layer = keras.layers.LSTM(8, return_sequences=True, return_state=True)
        model = KerasStateful(layer)
        first, state = model.run(x[:, :3], None)
        then, state = model.run(x[:, 3:], state)

    Args:
        model: Has layers with ``stateful=True``; or is a layer or model that takes `initial_state`
            and returns its state; or a functional model with inputs ``[x, *states]`` and outputs
            ``[y, *states]``. It is only read.
        text: What messages call it; left out, its class and name.
        features: Numbers in one step of the inputs; left out, by its shapes.
        symbols: Size of the vocabulary of integer inputs; left out, by its embedding.

    Raises:
        ConfigError: It can't go on from a state, can't be made again from its configuration, or
            does not answer at every time step.
    """

    framework = "keras"

    def __init__(
        self,
        model: keras.Layer,
        *,
        text: str = "",
        features: int | None = None,
        symbols: int | None = None,
    ) -> None:
        import keras

        backend = keras.backend.backend()
        self.text = text or f"{type(model).__name__} {model.name!r}"
        self.versions = {"keras": keras.__version__, backend: _version(backend)}
        self.promises = {}
        self.notes = (f"Run on Keras's backend {backend}.",)
        self._given = model
        self._inputs = inputs_of(model, features, symbols)
        closed = way_of(model).closed
        with self.ready():
            try:
                with drawn_by_numpy():
                    self.made: keras.Layer = clone(
                        model, dtype="float64", any_length=True, closed=closed
                    )
                    build(self.made, tensor(self.inputs(2, 3, 0)))
                if model.built and not copy_weights(model, self.made):
                    raise NotCloneable("its weights do not fit the clone")
            except NotCloneable as error:
                raise ConfigError(
                    "model",
                    "one that can be made again from its configuration and called on "
                    f"(batch, time, ...) = {self.inputs(2, 3, 0).shape}",
                    f"{self.text}: {error}",
                ) from error
            if isinstance(self.made, keras.Model):
                # Else Keras warns that the model as a whole hands no mask on.
                self.made.supports_masking = True
            self._way = way_of(self.made)
            self._runner = RUNNERS[backend](
                self._way, {"training": False}, EmbeddingHooks(self.made)
            )
            self._lost_mask = self._try()
        # Each shape is a program to compile there.
        self.few_shapes = backend == "jax"
        self.kernel = max([1, *map(_reach, internals.layers(self.made))])

    def support(self, part: StatefulPart) -> Support:
        """Whether it has an optional part."""
        refused = {
            "mask": self._masks[1],
            "positions": "Keras's layers take no positions",
            "rows": ""
            if self._axes is not None
            else "which axis of its state is the batch's is unknown",
            "reset": "" if isinstance(self._way, InVariables) else "its state is a value",
            "crop": "recurrent layers keep no step apart",
            "packed": "Keras has no means to pack documents",
            "gradient": ""
            if self._way.differentiable
            else "Keras keeps the state in variables, through which no gradient flows",
        }
        return Support("refused", refused[part]) if refused.get(part) else SUPPORTED

    def inputs(self, batch: int, time: int, seed: int) -> np.ndarray:
        """See `echospan.adapters.stateful.StatefulModel.inputs`."""
        return self._inputs.draw(batch, time, seed)

    def whole(
        self,
        x: np.ndarray,
        mask: np.ndarray | None = None,
        positions: np.ndarray | None = None,
    ) -> np.ndarray:
        """See `echospan.adapters.stateful.StatefulModel.whole`."""
        with self.ready():
            return self._runner.whole(*self._masked(x, mask, positions))

    def run(
        self,
        x: np.ndarray,
        state: Any,
        mask: np.ndarray | None = None,
        positions: np.ndarray | None = None,
    ) -> tuple[np.ndarray, Any]:
        """See `echospan.adapters.stateful.StatefulModel.run`; `state` is not changed."""
        with self.ready():
            array, real = self._masked(x, mask, positions)
            return self._runner.run(array, state, real)

    def leaves(self, state: Any) -> dict[str, np.ndarray]:
        """The arrays of a state by the names of layers, or numbered."""
        import keras

        arrays = [np.array(leaf) for leaf in keras.tree.flatten(state)]
        return dict(zip(self._way.names(state), arrays, strict=True))

    def copy(self, state: Any) -> Any:
        """The same state in memory of its own."""
        return _mapped(np.array, state)

    def save(self, state: Any) -> Any:
        """Each array as bytes, and read back."""
        return _mapped(
            lambda leaf: np.frombuffer(leaf.tobytes(), leaf.dtype).reshape(leaf.shape).copy(), state
        )

    def rows(self, state: Any, index: Sequence[int]) -> Any:
        """Rows of the batch in the order given."""
        self.require("rows")
        axes = iter(self._axes or ())

        def chosen(leaf: np.ndarray) -> np.ndarray:
            axis = next(axes)
            return np.array(leaf) if axis is None else leaf.take(index, axis)

        return _mapped(chosen, state)

    def reset(self, state: Any) -> Any:
        """What the layers' own `reset_state` leaves of a state."""
        self.require("reset")
        way = self._way
        assert isinstance(way, InVariables)
        with self.ready(), way.rows(_rows(state, self._axes)):
            return _mapped(numpy, way.reset(_mapped(tensor, state)))

    def gradient(self, chunks: Sequence[np.ndarray], mixture: np.ndarray) -> np.ndarray:
        """See `echospan.adapters.stateful.StatefulModel.gradient`."""
        self.require("gradient")
        with self.ready():
            added = self._runner.vectors(chunks[0]) if self._inputs.symbols else []
            return self._runner.gradient(chunks, mixture, added)

    @contextmanager
    def moved(self, seed: int) -> Iterator[None]:
        """Run with each weight moved by one unit in the last place."""
        rng = np.random.default_rng(seed)
        with self._other_weights():
            for variable in self._floats:
                value = numpy(variable.value)
                way = np.where(rng.random(value.shape) < 0.5, -np.inf, np.inf).astype(value.dtype)
                variable.assign(np.nextafter(value, way))
            yield

    @contextmanager
    def drawn(self, seed: int) -> Iterator[None]:
        """Run with enlarged weights."""
        with self._other_weights():
            redraw(self.made, seed)
            yield

    @contextmanager
    def ready(self) -> Iterator[None]:
        """Hold double precision, and Keras's warnings of lost masks back."""
        with double_precision(), internals.keeping_doubles(), warnings.catch_warnings():
            warnings.filterwarnings("ignore", f".*{DESTROYS}.*")
            yield

    def script(self) -> Script | None:
        """Lines that run it without echospan; None where it has classes of the user's own."""
        return script_of(self._given, self._way, self._inputs)

    @contextmanager
    def _other_weights(self) -> Iterator[None]:
        with self.ready():
            before = [numpy(variable.value) for variable in self._floats]
            try:
                yield
            finally:
                for variable, value in zip(self._floats, before, strict=True):
                    variable.assign(value)

    @cached_property
    def _floats(self) -> list[keras.Variable]:
        return [v for v in self.made.weights if "float" in str(v.dtype)]

    def _masked(
        self, x: np.ndarray, mask: np.ndarray | None, positions: np.ndarray | None
    ) -> tuple[np.ndarray, np.ndarray | None]:
        """The input, and what is passed as a mask."""
        if positions is not None:
            self.require("positions")
        if mask is None:
            return self._inputs.without_marks(x), None
        self.require("mask")
        real = np.asarray(mask, bool)[:, -x.shape[1] :]
        return (self._inputs.with_mask(x, real), None) if self._masks[0] == "input" else (x, real)

    @cached_property
    def _masks(self) -> tuple[str, str]:
        """Where it takes a mask, ``input`` or ``argument``, and why it takes none."""
        if self._inputs.masked is not None:
            return "input", self._lost_mask
        if "mask" not in inspect.signature(self.made.call).parameters:
            return "", "its call takes no mask"
        if isinstance(self._way, InInputs):
            return "", "no layer of it makes a mask of its input, such as Masking"
        with self.ready():
            return "argument", self._try(np.ones((2, 3), bool))

    def _try(self, mask: np.ndarray | None = None) -> str:
        """Run it once.

        Returns:
            Keras's warning that a layer loses the mask, if it gives one.

        Raises:
            ConfigError: It does not answer at every time step, or fails.
        """
        x = self.inputs(2, 3, 0)
        with warnings.catch_warnings(record=True) as told:
            warnings.simplefilter("always")
            try:
                y, _ = self._runner.run(x, None, mask)
            except (ValueError, TypeError, RuntimeError, NotImplementedError) as error:
                if mask is not None:
                    return f"a call with a mask raises {_said(error)}"
                if isinstance(error, ConfigError):
                    raise
                raise ConfigError(
                    "model",
                    f"one that can be called on (batch, time, ...) = {x.shape}",
                    f"{self.text}, which raises {_said(error)}",
                ) from error
        if y.shape[:2] != x.shape[:2]:
            raise ConfigError(
                "model",
                "one that answers at every time step",
                f"outputs {y.shape} for inputs {x.shape}",
                "Pass return_sequences=True to its recurrent layers.",
            )
        lost = [str(each.message) for each in told if DESTROYS in str(each.message)]
        return " ".join(lost[0].split())[:200] if lost else ""

    @cached_property
    def _axes(self) -> list[int | None] | None:
        """The batch's axis of each array of a state; None where one is not known."""
        import keras

        with self.ready():
            two, three = (
                {
                    str(place): leaf
                    for place, leaf in enumerate(keras.tree.flatten(self._after_start(rows)))
                }
                for rows in (2, 3)
            )
        axes = batch_axes(two, three)
        return [axes[place] for place in two] if len(axes) == len(two) else None

    def _after_start(self, rows: int) -> Any:
        start = self._way.start(rows)
        return self._runner.run(self.inputs(rows, 3, 0), None, None)[1] if start is None else start


def _version(backend: str) -> str:
    # TensorFlow's package has several names.
    return str(importlib.import_module(backend).__version__)


def _mapped(function: Callable[[Any], Any], state: Any) -> Any:
    import keras

    return keras.tree.map_structure(function, state)


def _rows(state: Any, axes: Sequence[int | None] | None) -> int:
    import keras

    found = zip(keras.tree.flatten(state), axes or [], strict=False)
    return next((leaf.shape[axis] for leaf, axis in found if axis is not None), 1)


def _said(error: Exception) -> str:
    return " ".join(f"{type(error).__name__}: {error}".split())[:200]


def _reach(layer: keras.Layer) -> int:
    """Time steps that a convolution over time reaches over."""
    size, apart = getattr(layer, "kernel_size", None), getattr(layer, "dilation_rate", None)
    if not (isinstance(size, tuple) and isinstance(apart, tuple) and len(size) == 1):
        return 1
    return int((size[0] - 1) * apart[0] + 1)

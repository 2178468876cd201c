"""echospan's built-in models, carried by its own `StreamingModel`, as stateful models."""

from __future__ import annotations

import importlib.metadata
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from typing import TYPE_CHECKING, Any

import numpy as np

from echospan.adapters.jax.pure import PureStateful
from echospan.adapters.keras.clone import build, clone, copy_weights
from echospan.adapters.keras.starting import drawn_by_numpy
from echospan.adapters.keras.weights import redraw
from echospan.adapters.support import NotCloneable
from echospan.backend import keras_on_jax
from echospan.engine import keras_internals as internals
from echospan.engine.streaming import StreamingModel, StreamState
from echospan.engine.update import forward
from echospan.engine.values import TrainState, variables
from echospan.errors import ConfigError, unknown
from echospan.models import MODELS, Init, Model, Signature

if TYPE_CHECKING:
    import keras

SYMBOLS = 6
"""Size of the vocabulary, where nothing else is given."""


class ZooStateful(PureStateful):
    """A built-in model, in float64 where its layers take it; `StreamingModel` carries its state.

    Example::

        model = ZooStateful("mamba")
        y, state = model.run(model.inputs(2, 4, 0), None)

    Args:
        name: A built-in model, such as ``lstm``.
        features: Numbers in one step, where inputs are numbers.
        symbols: Size of the vocabulary, where inputs are symbols; these are what it is built for
            where neither is given.

    Raises:
        ConfigError: There is no such model; it needs the whole sequence, or has no output at every
            step.
    """

    framework = "keras"

    def __init__(
        self, name: str, *, features: int | None = None, symbols: int | None = None
    ) -> None:
        keras_on_jax()
        if name not in MODELS:
            raise unknown("model", MODELS, name, "FILE.py:name, hf:Class, or a .keras file")
        super().__init__(name)
        versions = {each: importlib.metadata.version(each) for each in ("echospan", "keras")}
        self.versions = {**versions, **self.versions}
        settings: Model = MODELS[name]()  # type: ignore[call-arg]
        settings.check("every", features)
        self.features = features or 0
        self.symbols = 0 if features else symbols or SYMBOLS
        signature = Signature(
            symbols=self.symbols, timesteps=8, outputs="every", batch_size=2, features=features
        )
        self._encode = settings.input_for(signature).encode
        given = settings.build(signature, Init(0))
        try:
            self._make(given, "float64")
        except Exception:
            # Layers that compute in complex64, for instance.
            self._make(given, "float32")
        self.kernel = 4 if name == "mamba" else 1

    def _make(self, given: keras.Model, precision: str) -> None:
        """Copy the model in a precision, and trace it.

        Raises:
            ConfigError: It can't be copied, or needs the whole sequence.
        """
        import jax

        self.precision = precision
        with self.ready():
            try:
                with drawn_by_numpy():
                    self.made = clone(given, dtype=precision, any_length=True)
                    build(self.made, self._typed(self.inputs(2, 8, 0)))
                if not copy_weights(given, self.made):
                    raise NotCloneable(f"its weights do not fit the copy in {precision}")
            except NotCloneable as error:
                raise ConfigError(
                    "model", "a model that can be copied", self.text, f"{error}"
                ) from error
            self._stream = StreamingModel(self.made)
            self._trained = len(variables(self.made).trainable)
            self.values = self._read()
            x = self._typed(self.inputs(2, 4, 0))
            jax.eval_shape(self.call, self.values, x, self.start(2), {})
            jax.eval_shape(self.call_whole, self.values, x, {})

    def call(
        self, values: Sequence[Any], x: Any, state: Any, more: dict[str, Any]
    ) -> tuple[Any, Any]:
        """By `StreamingModel`."""
        y, after = self._stream(x, StreamState(*state), self._state(values))
        return y, tuple(after)

    def call_whole(self, values: Sequence[Any], x: Any, more: dict[str, Any]) -> Any:
        """By the Keras model itself."""
        return forward(self.made, self._state(values), x)[0]

    def start(self, rows: int) -> Any:
        """The state before the first step."""
        with self.ready():
            return tuple(self._stream.initial(rows))

    @contextmanager
    def drawn(self, seed: int) -> Iterator[None]:
        """Run with enlarged weights."""
        with self.ready():
            before = self._read()
            redraw(self.made, seed)
            found = self._read()
            own = variables(self.made)
            for variable, value in zip([*own.trainable, *own.non_trainable], before, strict=True):
                variable.assign(value)
        with self._other(found):
            yield

    @contextmanager
    def ready(self) -> Iterator[None]:
        """Hold double precision in JAX and in Keras, if it computes in it."""
        double = self.precision == "float64"
        with super().ready(), internals.keeping_doubles() if double else nullcontext():
            yield

    def _typed(self, x: np.ndarray) -> np.ndarray:
        encoded = np.asarray(self._encode(x, self.symbols, np))
        return super()._typed(encoded)

    def _read(self) -> list[np.ndarray]:
        own = variables(self.made)
        return [np.array(v.value) for v in (*own.trainable, *own.non_trainable)]

    def _state(self, values: Sequence[Any]) -> TrainState:
        return TrainState(list(values[: self._trained]), list(values[self._trained :]), [], [], [])


def stateful_of(
    name: str, *, features: int | None = None, symbols: int | None = None
) -> ZooStateful:
    """A built-in model as a stateful model; see `ZooStateful`."""
    return ZooStateful(name, features=features, symbols=symbols)

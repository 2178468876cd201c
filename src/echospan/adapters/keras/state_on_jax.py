"""Calls of a Keras clone that goes on from states, on JAX: one program for each shape.

XLA leaves out its optimizations: each program runs a few times on little data, and compiling it
takes longest.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from echospan.adapters.keras.clone import of_user
from echospan.adapters.keras.embedding_hooks import EmbeddingHooks
from echospan.adapters.keras.state_runner import StateRunner, numpy
from echospan.adapters.keras.state_ways import Way
from echospan.engine import keras_internals as internals
from echospan.engine.carried import state_variables

QUICKLY = {"xla_backend_optimization_level": 0, "xla_llvm_disable_expensive_passes": True}


class OnJaxCompiled(StateRunner):
    """Pure functions, compiled for each shape; a model that can't be traced is called as it is."""

    def __init__(self, way: Way, keywords: dict[str, Any], hooks: EmbeddingHooks) -> None:
        import jax

        super().__init__(way, keywords, hooks)
        carried = {id(variable) for variable in state_variables(way.made)}
        self._variables = [v for v in way.made.variables if id(v) not in carried]
        self._run: Callable[..., Any] = jax.jit(
            self._pure, static_argnums=0, compiler_options=QUICKLY
        )
        self._slope: Callable[..., Any] = jax.jit(jax.grad(self._total), compiler_options=QUICKLY)
        self._user = [layer for layer in internals.layers(way.made) if of_user(type(layer))]
        self._traces = True

    def _pure(self, kind: str, values: Any, x: Any, state: Any, mask: Any) -> Any:
        import keras

        pairs = list(zip(self._variables, values, strict=True))
        with self.way.rows(x.shape[0]), keras.StatelessScope(state_mapping=pairs) as scope:
            y, after = self._answer(kind, x, state, mask)
        changed = []
        for variable, value in pairs:
            now = scope.get_current_value(variable)
            changed.append(None if now is value else now)
        return y, after, changed

    def _call(
        self, kind: str, x: np.ndarray, state: Any, mask: np.ndarray | None
    ) -> tuple[Any, Any]:
        import jax

        if not self._traces:
            return self._plain(kind, x, state, mask)
        held = [(layer, dict(vars(layer))) for layer in self._user]
        values = [variable.value for variable in self._variables]
        try:
            y, after, changed = self._run(kind, values, x, state, mask)
        except (jax.errors.JAXTypeError, jax.errors.UnexpectedTracerError):
            self._traces = False
        if self._put_back(held) or not self._traces:
            # Its own code looks at numbers, or keeps them where a program doesn't see them.
            self._traces = False
            return self._plain(kind, x, state, mask)
        # What a plain call leaves in the model stays in it.
        for variable, value in zip(self._variables, changed, strict=True):
            if value is not None:
                variable.assign(value)
        return y, after

    def _put_back(self, held: Sequence[tuple[Any, dict[str, Any]]]) -> bool:
        """Put attributes back in which a trace left what has no value."""
        import jax

        found = False
        for layer, before in held:
            for name, value in list(vars(layer).items()):
                if value is before.get(name):
                    continue
                if any(isinstance(leaf, jax.core.Tracer) for leaf in jax.tree.leaves(value)):
                    if name in before:
                        object.__setattr__(layer, name, before[name])
                    else:
                        object.__delattr__(layer, name)
                    found = True
        return found

    def _total(
        self, first: Any, values: Any, rest: Any, state: Any, mixture: Any, added: Any
    ) -> Any:
        import keras

        chunks = rest if added is not None else [first, *rest]
        zeros = [] if added is None else [first, *added]
        pairs = list(zip(self._variables, values, strict=True))
        with keras.StatelessScope(state_mapping=pairs):
            return self._score(chunks, state, mixture, zeros)

    def gradient(
        self, chunks: Sequence[np.ndarray], mixture: np.ndarray, added: Sequence[np.ndarray]
    ) -> np.ndarray:
        """Differentiate a pure function."""
        values = [variable.value for variable in self._variables]
        state = self.way.start(len(chunks[0]))
        if added:
            found = self._slope(added[0], values, list(chunks), state, mixture, list(added[1:]))
        else:
            found = self._slope(chunks[0], values, list(chunks[1:]), state, mixture, None)
        return numpy(found)

"""A Keras clone on JAX: pure functions, compiled once for each shape."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from echospan.adapters.keras.running import (
    Call,
    Derivative,
    Keywords,
    Runner,
    Slopes,
    Values,
    each_as_array,
    floats_of,
    is_float,
    keywords_of,
    spread,
)
from echospan.engine.carried import state_variables

if TYPE_CHECKING:
    import keras


class OnJax(Runner):
    """Pure functions, compiled once for each shape."""

    def __init__(self, made: keras.Model, call: Call) -> None:
        import jax
        import keras

        super().__init__(made, call)
        found = {id(v): v for v in [*made.variables, *state_variables(made)]}
        self._variables = list(found.values())
        self._states = {id(v) for v in state_variables(made)}
        places = {id(variable): place for place, variable in enumerate(self._variables)}
        self._trained = [places[id(v)] for v in made.trainable_variables]

        def run(
            values: Values, arrays: Values, added: Values, keywords: Keywords
        ) -> tuple[Values, Values, Values]:
            pairs = list(zip(self._variables, values, strict=True))
            with keras.StatelessScope(state_mapping=pairs) as scope:
                outputs, seen = call(arrays, added, keywords)
            found = [scope.get_current_value(v) for v in self._variables]
            kept = [v if f is None else f for f, v in zip(found, values, strict=True)]
            return outputs, kept, seen

        def chunk(values: Values, arrays: Values, states: Values, keywords: Keywords) -> Any:
            return self._chunk(values, arrays, states, [], keywords)[:2]

        self._pure = run
        self._run: Callable[..., Any] = jax.jit(run)
        self._run_chunk: Callable[..., Any] = jax.jit(chunk)
        self._gradients: dict[Any, Callable[..., Any]] = {}

    def _start(self) -> Values:
        return [v.value * 0 if id(v) in self._states else v.value for v in self._variables]

    def _chunk(
        self, values: Values, arrays: Values, states: Values, added: Values, keywords: Keywords
    ) -> tuple[Values, Values, Values]:
        mapped = list(zip(self._variables, values, strict=True))
        return self.go_on(arrays, states, added, keywords, mapped)

    def replay(
        self, batches: Sequence[Values], keywords: Sequence[Keywords] = ()
    ) -> tuple[list[list[np.ndarray]], list[np.ndarray]]:
        """Outputs of each batch, and the vectors that the last one's symbols became."""
        values, found, seen = self._start(), [], []
        for batch, more in zip(batches, keywords_of(batches, keywords), strict=True):
            outputs, values, seen = self._run(values, batch, [], more)
            found.append(each_as_array(outputs))
        return found, each_as_array(seen)

    def anew(self, arrays: Values) -> tuple[Any, Callable[[], list[np.ndarray]]]:
        """A call traced anew: what is drawn while it is traced is a constant of the program."""
        import jax
        from jax.extend.core import jaxpr_as_fun

        values = self._start()

        def outputs(values: Values, arrays: Values) -> Values:
            return self._pure(values, arrays, [], {})[0]

        traced = jax.make_jaxpr(outputs)(values, arrays)
        constants = [(np.shape(c), np.asarray(c).tobytes()) for c in traced.consts]
        # Where functions lie in memory differs from trace to trace.
        text = re.sub(r"0x[0-9a-f]+", "", str(traced))

        def run() -> list[np.ndarray]:
            flat = jax.tree.leaves((values, arrays))
            return each_as_array(jaxpr_as_fun(traced)(*flat))

        return (text, constants), run

    def chunk(
        self, arrays: Values, states: Values, keywords: Keywords
    ) -> tuple[list[np.ndarray], list[np.ndarray]]:
        """Outputs and states of a chunk that goes on from states."""
        outputs, after = self._run_chunk(self._start(), arrays, states, keywords)
        return each_as_array(outputs), each_as_array(after)

    def gradient(self, wanted: Derivative) -> Slopes:
        """Differentiate."""
        floats = [floats_of(chunk) for chunk in wanted.chunks]
        rest = [[None if is_float(a) else a for a in chunk] for chunk in wanted.chunks]
        values = self._start()
        trained = [values[place] for place in self._trained] if wanted.parameters else []
        value, (of_floats, of_added, of_trained) = self._differentiate(wanted)(
            floats, list(wanted.added), trained, rest, values, wanted.by, wanted.states
        )
        return Slopes(
            [spread(chunk, each) for chunk, each in zip(wanted.chunks, of_floats, strict=True)],
            [each_as_array(each) for each in of_added],
            each_as_array(of_trained),
            float(value),
        )

    def reached(self, wanted: Derivative) -> list[float]:
        """1 where a gradient gets to a weight, 0 where none can: traced, not compiled.

        A gradient that is zero by construction hangs on nothing that the trace was given. Inside a
        compiled loop that is not seen.
        """
        import jax

        values = self._start()
        trained = [values[place] for place in self._trained]
        floats = [floats_of(chunk) for chunk in wanted.chunks]
        rest = [[None if is_float(a) else a for a in chunk] for chunk in wanted.chunks]
        compiled: Any = self._differentiate(wanted)
        traced: Any = jax.make_jaxpr(compiled.__wrapped__)(
            floats, list(wanted.added), trained, rest, values, wanted.by, wanted.states
        ).jaxpr
        hangs = set(traced.invars)
        for equation in traced.eqns:
            if any(not hasattr(each, "val") and each in hangs for each in equation.invars):
                hangs |= set(equation.outvars)
        slopes = traced.outvars[len(traced.outvars) - len(trained) :] if trained else []
        return [float(not hasattr(each, "val") and each in hangs) for each in slopes]

    def _differentiate(self, wanted: Derivative) -> Callable[..., Any]:
        import jax

        score, detached = wanted.score, wanted.detached
        key = (score, wanted.parameters, detached, wanted.states is None)
        if key in self._gradients:
            return self._gradients[key]

        def total(
            floats: Sequence[Values],
            added: Sequence[Values],
            trained: Values,
            rest: Sequence[Values],
            values: Values,
            by: Values,
            states: Values | None,
        ) -> Any:
            for place, value in zip(self._trained, trained, strict=False):
                values = [*values[:place], value, *values[place + 1 :]]
            outputs: Values = []
            for own, others, more in zip(floats, rest, added, strict=True):
                following = iter(own)
                arrays = [next(following) if other is None else other for other in others]
                if states is None:
                    outputs, values, _ = self._pure(values, arrays, more, {})
                    continue
                outputs, states, _ = self._chunk(values, arrays, states, more, {})
                if detached:
                    states = [jax.lax.stop_gradient(state) for state in states]
            return score(outputs, by)

        found: Callable[..., Any] = jax.jit(jax.value_and_grad(total, argnums=(0, 1, 2)))
        self._gradients[key] = found
        return found

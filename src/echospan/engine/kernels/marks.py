"""What is known of an array beyond its numbers; what is made from it forgets it."""

from __future__ import annotations

from typing import Any

from echospan.engine import keras_internals as internals

_SYMBOLS = "_echospan_symbols"
_TIME_MAJOR = "_echospan_time_major"
_PLACES = "_echospan_places"


def mark_one_hot(vectors: Any, symbols: Any) -> Any:
    """Remember which symbols one-hot vectors stand for."""
    return _mark(vectors, _SYMBOLS, symbols)


def one_hot_symbols(vectors: Any) -> Any | None:
    """The symbols that marked vectors stand for; None where there is no mark."""
    return _marked(vectors, _SYMBOLS)


def batch_major(series: Any) -> Any:
    """(time, batch, ...) -> (batch, time, ...), which remembers what it was made from.

    Whoever treats each row by itself can then take that instead, and nothing is moved in memory.
    """
    import jax.numpy as jnp

    return _mark(jnp.swapaxes(series, 0, 1), _TIME_MAJOR, series)


def time_major(series: Any) -> Any | None:
    """What marked (batch, time, ...) was made from; None where there is no mark."""
    return _marked(series, _TIME_MAJOR)


def mark_places(scores: Any, places: Any) -> None:
    """Remember where the largest of scores (..., classes) are (...)."""
    _mark(scores, _PLACES, (_trace(), places))


def places_of(scores: Any) -> Any | None:
    """Where the largest of marked scores are; None where that is not known here.

    It is known only in the trace in which it was found: a tracer must not leave its own.
    """
    trace, places = _marked(scores, _PLACES) or (None, None)
    return places if trace is not None and trace == _trace() else None


def _trace() -> Any:
    from jax.extend.core import get_opaque_trace_state

    return get_opaque_trace_state(convention="nnx")


def _mark(array: Any, name: str, value: Any) -> Any:
    # The way in which Keras itself hangs a mask on a tensor.
    internals.mark(array, name, value)
    return array


def _marked(array: Any, name: str) -> Any | None:
    return internals.marked(array, name)

"""What in a Keras model draws random numbers outside training, and the layer or line that does."""

from __future__ import annotations

import random
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np

from echospan.adapters.facts import Drawn
from echospan.adapters.keras.clone import of_user
from echospan.engine import keras_internals as internals

if TYPE_CHECKING:
    import keras

GENERATORS = {
    "python": "Python's module random",
    "numpy": "NumPy's global generator",
    "keras": "keras.random",
    "backend": "the backend's own generator",
}
OTHER = "something that no seed fixes (a generator of its own, or the clock)"

LIBRARIES = frozenset(
    {"random", "numpy", "keras", "jax", "torch", "tensorflow", "echospan", "contextlib"}
)
"""What stands between the user's line and a draw."""

Outputs = Sequence[np.ndarray]
Program = tuple[Any, Callable[[], Outputs]]
"""What a call comes to, to be compared with another; and what it gives."""


def drawn(
    model: keras.Model, run: Callable[[], Outputs], program: Callable[[], Program]
) -> list[Drawn]:
    """What draws numbers that change the outputs of the same inputs, though this is no training.

    Args:
        model: The clone.
        run: Gives its outputs, for the seeds that its layers hold.
        program: Calls it anew, as if it was never called before.
    """
    owners = [(layer, seeds) for layer in internals.layers(model) if (seeds := _seeds(layer))]
    states = {id(state): (state, _value(state)) for _, each in owners for state in each}
    has_code = _has_code(model)

    def seeded(
        call: Callable[[], Any],
        other: Sequence[Any] = (),
        seeds: Mapping[str, int] = MappingProxyType({}),
    ) -> Any:
        moved = {id(state) for state in other}
        with _fixed(seeds):
            try:
                for key, (state, value) in states.items():
                    state.assign(value + np.array([12_345 * (key in moved), 0], value.dtype))
                return call()
            finally:
                for state, value in states.values():
                    state.assign(value)

    first: Any = None
    if has_code:
        first, give = seeded(program)
        again, regive = seeded(program)
        if first != again:
            # All else would seem to draw, too.
            gap = _gap(seeded(give), seeded(regive))
            return [_of_code("", gap, "")] if gap else []
    found = []
    if owners:
        before = seeded(run)
        if _gap(before, seeded(run, [state for _, each in owners for state in each])):
            gaps = [(layer, _gap(before, seeded(run, own))) for layer, own in owners]
            found += [_of_layer(layer, gap) for layer, gap in gaps if gap]
    if not has_code or seeded(program, seeds=dict.fromkeys(GENERATORS, 1))[0] == first:
        return found
    for source in GENERATORS:
        other, regive = seeded(program, seeds={source: 1})
        if other != first and (gap := _gap(seeded(give), seeded(regive))):
            where = seeded(partial(_line, source, program))
            found.append(_of_code(source, gap, where))
    return found


def _seeds(layer: keras.Layer) -> list[Any]:
    """The states of a layer's own seed generators."""
    import keras

    found = [each for each in vars(layer).values() if isinstance(each, keras.random.SeedGenerator)]
    return [each.state for each in found]


def _value(state: Any) -> np.ndarray:
    import keras

    return np.array(keras.ops.convert_to_numpy(state.value))


def _has_code(model: keras.Model) -> bool:
    """Whether a layer runs functions of the user's own."""
    import keras

    return any(
        of_user(type(layer)) or isinstance(layer, keras.layers.Lambda)
        for layer in [model, *internals.layers(model)]
    )


@contextmanager
def _fixed(seeds: Mapping[str, int]) -> Iterator[None]:
    """Seed every generator, with 0 where nothing else is given; afterwards all are as before."""
    import keras

    python, numpy = random.getstate(), np.random.get_state()  # noqa: NPY002 (the user's own)
    generator = internals.global_value("global_seed_generator")
    if generator is None:
        # It is made when it is first used.
        keras.random.uniform((1,))
        generator = internals.global_value("global_seed_generator")
    state = _value(generator.state)
    torch, tensorflow = sys.modules.get("torch"), sys.modules.get("tensorflow")
    kept = None if torch is None else torch.get_rng_state()
    try:
        random.seed(seeds.get("python", 0))
        np.random.seed(seeds.get("numpy", 0))  # noqa: NPY002
        generator.state.assign(np.array([seeds.get("keras", 0), 0], state.dtype))
        if torch is not None:
            torch.manual_seed(seeds.get("backend", 0))
        if tensorflow is not None:
            tensorflow.random.set_seed(seeds.get("backend", 0))
        yield
    finally:
        random.setstate(python)
        np.random.set_state(numpy)  # noqa: NPY002
        generator.state.assign(state)
        if torch is not None:
            torch.set_rng_state(kept)


def _of_layer(layer: keras.Layer, gap: float) -> Drawn:
    kind = type(layer).__name__
    if of_user(type(layer)):
        return Drawn(
            f"the layer {layer.name!r} ({kind})",
            gap,
            "",
            "def call(self, x, training=None):  # draw in training alone\n"
            "    return noisy(x) if training else x",
        )
    rate = getattr(layer, "rate", None)
    given = f"{rate:g}" if isinstance(rate, float) else "..."
    return Drawn(
        f"the layer {layer.name!r} ({kind}), which is called with training=True,",
        gap,
        "",
        f"x = keras.layers.{kind}({given})(x)  # without training=True",
    )


def _of_code(source: str, gap: float, where: str) -> Drawn:
    return Drawn(
        GENERATORS.get(source, OTHER),
        gap,
        where,
        "def call(self, x, training=None):  # draw in training alone\n"
        "    return noisy(x) if training else x",
    )


def _line(source: str, program: Callable[[], Program]) -> str:
    """The line of the user's that first draws from a generator, as "file:line"."""
    found: list[str] = []

    def profile(frame: Any, event: str, called: Any) -> None:
        if not found and _draws(source, frame, event, called):
            found.append(_nearest(frame))

    def lines(frame: Any, event: str, _: Any) -> Any:
        # NumPy's functions are seen by no profiler, but what they leave is.
        if str(frame.f_globals.get("__name__", "")).split(".")[0] in LIBRARIES:
            return None
        if event in ("line", "return") and not found and _numpy_state() != last["state"]:
            found.append(last["place"])
        if event in ("call", "line"):
            last["state"], last["place"] = _numpy_state(), _place(frame)
        return lines

    if source != "numpy":
        before = sys.getprofile()
        sys.setprofile(profile)
        try:
            program()
        finally:
            sys.setprofile(before)
        return found[0] if found else ""
    last = {"state": _numpy_state(), "place": ""}
    tracing = sys.gettrace()
    sys.settrace(lines)
    try:
        program()
    finally:
        sys.settrace(tracing)
    return found[0] if found else ""


def _numpy_state() -> Any:
    state: Any = np.random.get_state()  # noqa: NPY002 (the user's own)
    return state[2], state[1].tobytes(), *state[3:]


def _draws(source: str, frame: Any, event: str, called: Any) -> bool:
    owner = getattr(called, "__self__", None) if event == "c_call" else None
    if source == "python":
        return isinstance(owner, random.Random)
    if source == "numpy":
        return isinstance(owner, np.random.RandomState)
    name = str(frame.f_globals.get("__name__", ""))
    return source == "keras" and event == "call" and name == internals.RANDOM


def _nearest(frame: Any) -> str:
    """The nearest line outside installed packages and Python itself."""
    while frame is not None:
        if str(frame.f_globals.get("__name__", "")).split(".")[0] not in LIBRARIES:
            return _place(frame)
        frame = frame.f_back
    return ""


def _place(frame: Any) -> str:
    return f"{frame.f_code.co_filename.rsplit('/', 1)[-1]}:{frame.f_lineno}"


def _gap(one: Outputs, other: Outputs) -> float:
    """The largest change of an output; not a number twice is none."""
    gaps = [np.nan_to_num(np.abs(a - b)).max(initial=0.0) for a, b in zip(one, other, strict=True)]
    return float(max(gaps, default=0.0))

"""What every adapter must do, whatever framework its model is made of."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from echospan.adapters import Adapter, NotSupported, State, adapt
from echospan.adapters.resolve import trainable_of
from echospan.adapters.support import PARTS, Part
from echospan.adapters.trainable import PIECE
from echospan.arguments import each, instance, sequences, validated
from echospan.errors import DataError
from echospan.memory_tasks.base import MemoryTask, TrainingSpec
from echospan.memory_tasks.choose import memory_task_of
from echospan.testing.require import require

NEAR = 1e-4
"""Relative difference that single precision and another order of additions explain."""


@validated(
    adapter=instance(
        "an adapter, as echospan.adapters.adapt makes it", "echospan.adapters.base:Adapter"
    ),
    inputs=each(
        sequences,
        "a list of arrays (batch, time, ...) of integers or numbers, one for each input",
        most=1000,
        empty="one array for each input",
    ),
)
def check_adapter(adapter: Adapter, inputs: Sequence[np.ndarray]) -> None:
    """Check that an adapter keeps the promises of `echospan.adapters.Adapter`.

    Each optional part is checked where the adapter says that it is supported; where it is refused,
    using it must raise. Example::

        from echospan.adapters import adapt
        from echospan.testing import check_adapter

        check_adapter(adapt(model, x[:3]), [x[:3]])

    Args:
        adapter: Of a model that answers every step.
        inputs: One batch, (batch, time, ...) for each input, of 2 rows and 4 steps at least.

    Raises:
        AssertionError: A promise is broken; says which.
    """
    given = [np.array(each) for each in inputs]
    require(
        given[0].shape[0] >= 2 and given[0].shape[1] >= 4,
        f"inputs need 2 rows and 4 steps at least; got {given[0].shape[:2]}",
    )
    for part in PARTS:
        support = adapter.support(part)
        require(
            bool(support.reason) or support.verdict == "supported",
            f"{part} is {support.verdict} without a reason",
        )
    whole = adapter.whole(given)
    _unchanged(given, inputs)
    require(all(np.isfinite(each).all() for each in whole), "outputs are not finite")
    _same(adapter.whole(given), whole, "two calls with the same inputs differ")
    _weights(adapter, given)
    _refusals(adapter, given)
    if _has(adapter, "chunks"):
        _chunks(adapter, given, whole)
        _state(adapter, given, whole)
    if _has(adapter, "input_gradient") and given[0].dtype.kind == "f":
        _gradient(adapter, given, whole)
    _training(adapter, given, whole)
    _unchanged(given, inputs)


def _unchanged(given: list[np.ndarray], inputs: Sequence[np.ndarray]) -> None:
    for own, other in zip(given, inputs, strict=True):
        require(np.array_equal(own, other), "the inputs were changed")


def _has(adapter: Adapter, part: Part) -> bool:
    return adapter.support(part).verdict == "supported"


def _same(found: Sequence[np.ndarray], wanted: Sequence[np.ndarray], broken: str) -> None:
    for one, other in zip(found, wanted, strict=True):
        scale = max(float(np.abs(other).max()), 1e-6)
        close = one.shape == other.shape and np.allclose(one, other, rtol=0, atol=NEAR * scale)
        require(bool(close), broken)


def _weights(adapter: Adapter, given: list[np.ndarray]) -> None:
    before, answers = adapter.parameters(), adapter.whole(given)
    with adapter.drawn(3):
        drawn = adapter.parameters()
    back = "the weights are not put back after a with"
    require(_equal(adapter.parameters(), before), back)
    with adapter.drawn(3):
        again = adapter.parameters()
    require(_equal(drawn, again), "the same seed gives other weights")
    with adapter.scaled(2.0):
        twice = {name: 2 * value for name, value in before.items()}
        require(_equal(adapter.parameters(), twice), "scaled weights are not a multiple")
    with adapter.moved(lambda _, value: value + 1):
        for value in adapter.parameters().values():
            value += 1
    require(_equal(adapter.parameters(), before), back)
    _same(adapter.whole(given), answers, "answers differ after the weights were put back")


def _equal(one: dict[str, np.ndarray], other: dict[str, np.ndarray]) -> bool:
    return one.keys() == other.keys() and all(
        np.allclose(one[name], other[name], rtol=1e-6, atol=0) for name in one
    )


def _refusals(adapter: Adapter, given: list[np.ndarray]) -> None:
    rows, steps = given[0].shape[:2]
    uses: dict[Part, object] = {
        "mask": lambda: adapter.whole(given, mask=np.ones((rows, steps), bool)),
        "positions": lambda: adapter.whole(given, positions=np.zeros((rows, steps), int)),
        "chunks": lambda: adapter.initial_state(rows),
    }
    for part, use in uses.items():
        if adapter.support(part).verdict != "refused":
            continue
        try:
            use()  # type: ignore[operator]
        except NotSupported:
            continue
        raise AssertionError(f"{part} is refused, and using it does not raise")


def _run(
    adapter: Adapter, given: list[np.ndarray], cuts: Sequence[int], state: State
) -> tuple[list[np.ndarray], State]:
    """Outputs of chunks one after the other, and the state at the end."""
    parts = [np.split(each, list(cuts), axis=1) for each in given]
    answers = []
    for chunk in zip(*parts, strict=True):
        outputs, state = adapter.chunk(list(chunk), state)
        answers.append(outputs)
    return [np.concatenate(each, axis=1) for each in zip(*answers, strict=True)], state


def _chunks(adapter: Adapter, given: list[np.ndarray], whole: list[np.ndarray]) -> None:
    rows, steps = given[0].shape[:2]
    ends = []
    for cuts, name in (
        ([], "one chunk"),
        (list(range(1, steps)), "single steps"),
        ([1, steps - 1], "chunks of uneven length"),
    ):
        outputs, end = _run(adapter, given, cuts, adapter.initial_state(rows))
        _same(outputs, whole, f"{name} and the whole sequence give other answers")
        ends.append(end)
    for end in ends[1:]:
        _same_state(end, ends[0], "the state depends on how the sequence was cut")
    state, found = adapter.initial_state(rows), []
    for step in range(steps):
        outputs, state = adapter.step([each[:, step] for each in given], state)
        found.append(outputs[0])
    _same([np.stack(found, 1)], whole[:1], "step and the whole sequence give other answers")


def _same_state(one: State, other: State, broken: str) -> None:
    require(list(one.leaves) == list(other.leaves), broken)
    _same(list(one.leaves.values()), list(other.leaves.values()), broken)


def _state(adapter: Adapter, given: list[np.ndarray], whole: list[np.ndarray]) -> None:
    rows = len(given[0])
    first, rest = ([each[:, :2] for each in given], [each[:, 2:] for each in given])
    _, state = adapter.chunk(first, adapter.initial_state(rows))
    before = state.copy()
    outputs, _ = adapter.chunk(rest, state)
    require(state.equals(before), "a call changes the state that it was given")
    tail = [each[:, 2:] for each in whole]
    if _has(adapter, "state_bytes"):
        kept = State.from_bytes(state.to_bytes())
        _same(adapter.chunk(rest, kept)[0], tail, "a state that was written and read goes on wrong")
    if _has(adapter, "state_rows"):
        order = np.arange(rows)[::-1]
        turned, _ = adapter.chunk([each[order] for each in rest], state.rows(order))
        _same([each[order] for each in turned], tail, "selected rows go on from another row")
    again, _ = adapter.chunk(first, adapter.initial_state(rows))
    head = [each[:, :2] for each in whole]
    _same(again, head, "an initial state holds something of earlier calls")
    if adapter.support("state_crop").verdict == "refused" and state.leaves:
        try:
            state.crop(1)
        except DataError:
            return
        raise AssertionError("state_crop is refused, and cropping does not raise")
    if _has(adapter, "state_crop"):
        more, _ = adapter.chunk([each[:, -1:] for each in given], state)
        require(len(more) == len(outputs), "a chunk after a state gives other outputs")
        longer = adapter.chunk([each[:, 2:3] for each in given], state)[1]
        _same_state(longer.crop(1), state, "a cropped state is another than before the steps")


def _gradient(adapter: Adapter, given: list[np.ndarray], whole: list[np.ndarray]) -> None:
    rng = np.random.default_rng(0)
    mixture = np.zeros_like(whole[0])
    mixture[:, -1] = rng.normal(size=mixture[:, -1].shape)
    once = adapter.gradient([given], [mixture], parameters=_has(adapter, "parameter_gradient"))
    slope = once.inputs[0][0]
    require(slope is not None and slope.shape == given[0].shape, "the gradient has another shape")
    assert slope is not None
    step = 1e-3 * rng.normal(size=given[0].shape)
    _matches(_difference(adapter, given, mixture, step), float((slope * step).sum()), "the inputs")
    for name, own in list(once.parameters.items())[:2]:
        move = 1e-3 * rng.normal(size=own.shape)
        with adapter.moved(lambda n, v, name=name, move=move: v + move if n == name else v):  # type: ignore[misc]
            up = float((adapter.whole(given)[0] * mixture).sum())
        with adapter.moved(lambda n, v, name=name, move=move: v - move if n == name else v):  # type: ignore[misc]
            down = float((adapter.whole(given)[0] * mixture).sum())
        _matches((up - down) / 2, float((own * move).sum()), f"the weight {name}")
    if not _has(adapter, "chunk_gradient"):
        return
    cut = [[each[:, :2] for each in given], [each[:, 2:] for each in given]]
    apart = adapter.gradient(cut, [mixture[:, 2:]])
    parts = [chunk[0] for chunk in apart.inputs]
    require(all(part is not None for part in parts), "a chunk before the last has no gradient")
    joined = np.concatenate([part for part in parts if part is not None], axis=1)
    _same([joined], [slope], "the gradient across a border between chunks is another")
    stopped = adapter.gradient(cut, [mixture[:, 2:]], detached=True).inputs[0][0]
    require(
        stopped is not None and not stopped.any(), "a gradient crosses a border that is detached"
    )


def _difference(
    adapter: Adapter, given: list[np.ndarray], mixture: np.ndarray, step: np.ndarray
) -> float:
    up = adapter.whole([given[0] + step, *given[1:]])[0]
    down = adapter.whole([given[0] - step, *given[1:]])[0]
    return float(((up - down) * mixture).sum()) / 2


def _training(adapter: Adapter, given: list[np.ndarray], whole: list[np.ndarray]) -> None:
    task = _task_for(given, whole)
    if adapter.support("train").verdict == "refused":
        try:
            trainable_of(adapter, task or memory_task_of("echo", symbols=2))
        except NotSupported:
            return
        raise AssertionError("train is refused, and using it does not raise")
    if task is None or not _has(adapter, "train"):
        return
    before = adapter.parameters()
    once, again = (adapt(adapter.fresh(1), given[0]) for _ in range(2))
    _same_weights(once, again, "the same seed gives other weights to train")
    trainable = trainable_of(adapter, task)
    inputs = task.random_inputs(8, 0, "check", 2)
    weights = trainable.start(1, 0.01)
    fresh = trainable.adapter(weights)
    if trainable.learns == "gradient":
        spec = TrainingSpec(task.smallest, task.training_length(task.smallest), 16)
        kept = fresh.parameters()
        weights, curve = trainable.train(weights, spec, 1, 0, PIECE)
        require(bool(np.isfinite(curve.loss).all()), "the loss of training is not finite")
        moved = trainable.adapter(weights).parameters()
        require(_equal(fresh.parameters(), kept), "training changes an adapter made before")
        require(not _equal(moved, kept), "training changes no weight")
    answers = trainable.adapter(weights).whole([trainable.encode(inputs)])
    scores = trainable.scores(weights, inputs)
    _same(answers, [scores], "an adapter of trained weights gives other answers")
    require(_equal(adapter.parameters(), before), "training changes the adapter it started from")


def _same_weights(one: Adapter, other: Adapter, broken: str) -> None:
    pairs = zip(one.parameters().values(), other.parameters().values(), strict=True)
    require(all(np.array_equal(*pair) for pair in pairs), broken)


def _task_for(given: list[np.ndarray], whole: list[np.ndarray]) -> MemoryTask | None:
    """The echo of symbols or of numbers that fits inputs and outputs; None where neither does."""
    symbols = whole[0].shape[-1]
    if len(given) > 1 or len(whole) > 1 or whole[0].ndim != 3:
        return None
    if symbols > 1 and (given[0].ndim == 2 or given[0].shape[2:] == (symbols,)):
        return memory_task_of("echo", symbols=symbols)
    fits = symbols == 1 and given[0].shape[2:] == (1,)
    return memory_task_of("continuous-echo") if fits else None


def _matches(found: float, wanted: float, of: str) -> None:
    near = abs(found - wanted) <= 1e-2 * max(abs(found), abs(wanted)) + 1e-6
    require(near, f"the gradient of {of} is {wanted:.4g}, differences give {found:.4g}")

"""The contract of a task."""

from __future__ import annotations

from typing import Any

import numpy as np

from echospan.errors import ConfigError
from echospan.extras import needs
from echospan.measure import Accuracy, accuracy, squared_error
from echospan.random import Draw, JaxDraw, NumpyDraw, stream
from echospan.tasks import MISSING, NumberTask, Task, absent
from echospan.tasks.base import Part
from echospan.testing.require import check_settings, require

CONFIDENCE = 0.999
"""Of the interval in which a null answer must meet the chance level."""

PARTS: tuple[Part, Part] = ("train", "evaluation")


def check_task(task: Task, *, sequences: int = 2000, seed: int = 0) -> None:
    """A task draws values, asks about them, and says truly what chance is.

    Args:
        task: With settings that leave room for chance: at least a few symbols.
        sequences: Drawn to measure the chance level.
        seed: Of all draws; the check gives the same verdict for the same seed.
    """
    check_settings(task)
    _check_numbers(task)
    for part in PARTS:
        values = draw_values(task, NumpyDraw(np.random.default_rng(seed)), 16, part)
        _check_values(task, values, f"NumPy, {part}")
        targets = task.targets(values.copy())
        _check_targets(task, values, targets, f"NumPy, {part}")
        alone = np.concatenate([task.targets(row[None]) for row in values])
        require(
            _same(alone, targets),
            "the targets of a sequence depend on the sequences beside it",
        )
        again = draw_values(task, NumpyDraw(np.random.default_rng(seed)), 16, part)
        require((values == again).all(), "the same generator gave other values")
        other = draw_values(task, NumpyDraw(np.random.default_rng(seed + 1)), 16, part)
        require((values != other).any(), "another generator gave the same values")
    _check_on_jax(task, seed)
    _check_chance(task, sequences, seed)


def _check_numbers(task: Task) -> None:
    width = "width" if task.features is None else "features"
    for name in (width, "steps", "target_steps"):
        value = getattr(task, name)
        require(isinstance(value, int) and value >= 1, f"{name} is {value!r}, not 1 or more")
    require(
        (task.features is None) == (task.tolerance == 0) == (not isinstance(task, NumberTask)),
        "a task on numbers is a NumberTask with a tolerance; a task on symbols has none",
    )
    require(0 < task.chance <= 1, f"chance is {task.chance!r}, outside (0, 1]")
    require(
        task.chance < task.ceiling <= 1,
        f"ceiling is {task.ceiling!r}, outside (chance, 1]",
    )
    _check_distance(task)
    reach = task.reach
    require(reach is None or 0 <= reach < task.steps, f"reach is {reach!r}, outside the sequence")


def _check_distance(task: Task) -> None:
    distance = task.distance
    require(isinstance(distance, int) and distance >= 0, f"distance is {distance!r}, not 0 or more")
    same = task.at_distance(distance)
    require(type(same) is type(task), "at_distance gives another kind of task")
    other = _neighbour(task)
    require(other is not None, "at_distance refuses every other distance")
    wanted, moved = other or (distance, same)
    require(moved.distance == wanted, f"at_distance({wanted}) is at distance {moved.distance}")
    bits = task.bits
    require(bits is None or bits >= 0, f"bits are {bits!r}, not 0 or more")


def _neighbour(task: Task) -> tuple[int, Task] | None:
    """The same task at another distance, if there is any near."""
    for wanted in (task.distance + 2, task.distance - 1):
        try:
            return wanted, task.at_distance(wanted)
        except ConfigError:
            continue
    return None


def draw_values(task: Task, draw: Draw, sequences: int, part: Part) -> Any:
    """New sequences of the task: integers (sequences, steps), or numbers with their features."""
    return task.draw(draw, sequences, task.arrays(), part)


def _check_values(task: Task, values: Any, source: str) -> None:
    if task.features is not None:
        wanted = (16, task.steps, task.features)
        require(values.dtype == np.float32, f"{source}: values are {values.dtype}, not float32")
        require(
            values.shape == wanted,
            f"{source}: values have shape {values.shape}, not (sequences, steps, features) = "
            f"{wanted}",
        )
        require(np.isfinite(values).all(), f"{source}: values are not finite")
        return
    require(np.issubdtype(values.dtype, np.integer), f"{source}: values are {values.dtype}")
    require(
        values.shape == (16, task.steps),
        f"{source}: values have shape {values.shape}, not (sequences, steps) = {(16, task.steps)}",
    )
    _check_range(values, task.width, f"{source}: values")


def _check_range(symbols: Any, width: int, what: str) -> None:
    low, high = int(symbols.min()), int(symbols.max())
    require(
        low >= MISSING and high < width,
        f"{what} run from {low} to {high}, outside {MISSING}..{width - 1}",
    )


def _check_targets(task: Task, values: Any, targets: Any, source: str) -> None:
    wanted = (16, task.target_steps)
    kind = np.integer if task.features is None else np.float32
    require(np.issubdtype(targets.dtype, kind), f"{source}: targets are {targets.dtype}")
    require(
        targets.shape == wanted,
        f"{source}: targets have shape {targets.shape}, not (sequences, target_steps) = {wanted}",
    )
    require(not absent(targets).all(), f"{source}: nothing is ever scored")
    if task.features is not None:
        return
    _check_range(targets, task.width, f"{source}: targets")


def _check_on_jax(task: Task, seed: int) -> None:
    needs("The contract of a task", "jax")
    import jax
    import jax.numpy as jnp

    arrays = {name: jnp.asarray(array) for name, array in task.arrays().items()}

    @jax.jit
    def ask(key: jax.Array) -> dict[Part, tuple[jax.Array, jax.Array]]:
        drawn = {part: task.draw(JaxDraw(key), 16, arrays, part) for part in PARTS}
        return {part: (values, task.targets(values)) for part, values in drawn.items()}

    first, again, other = (
        jax.device_get(ask(stream(number, "data"))) for number in (seed, seed, seed + 1)
    )
    for part in PARTS:
        values, targets = first[part]
        _check_values(task, values, f"JAX, {part}")
        _check_targets(task, values, targets, f"JAX, {part}")
        require(_same(task.targets(values), targets), "NumPy and JAX give other targets")
        require((again[part][0] == values).all(), "the same key gave other values")
        require((other[part][0] != values).any(), "another key gave the same values")


def _check_chance(task: Task, sequences: int, seed: int) -> None:
    """`chance` is what the best answer reaches that knows nothing of the sequence.

    Such an answer depends on the step alone: it is the target that was commonest there in another
    draw. One answer a sequence is scored, so that the trials are independent and the binomial
    interval holds.
    """
    generator = np.random.default_rng(seed)
    before = task.targets(draw_values(task, NumpyDraw(generator), sequences, "evaluation"))
    targets = task.targets(draw_values(task, NumpyDraw(generator), sequences, "evaluation"))
    asked, step = _one_each(targets, generator)
    if isinstance(task, NumberTask):
        _check_chance_error(task, asked, before)
        constant = np.full_like(asked, np.nanmean(before))
        always, what = _score(task, asked, constant), "the mean"
    else:
        commonest = np.stack([_commonest(column, task.width) for column in before.T])
        always = _score(task, asked, commonest[step].astype(asked.dtype))
        what = "the most common target of each step"
        guesses = generator.integers(0, task.width, asked.shape, dtype="int32")
        guessed = _score(task, asked, guesses)
        require(
            guessed.interval.low <= task.chance,
            f"chance is {task.chance:.4g}, but blind guesses are right in {guessed.share:.4g}",
        )
    low, high = always.interval
    require(
        low <= task.chance <= high,
        f"chance is {task.chance:.4g}, but {what} is right in "
        f"{always.share:.4g} ({low:.4g} to {high:.4g} with {CONFIDENCE:.1%} confidence)",
    )
    require(
        _score(task, asked, asked.copy()).share == task.ceiling,
        f"ceiling is {task.ceiling:.4g}, but the targets themselves score 1",
    )


def _check_chance_error(task: NumberTask, targets: np.ndarray, before: np.ndarray) -> None:
    """The mean of another draw has the squared error that the task calls chance."""
    error = squared_error(
        targets[:, None], np.full((len(targets), 1), np.nanmean(before)), CONFIDENCE
    )
    low, high = error.interval
    require(
        low <= task.chance_error <= high,
        f"chance_error is {task.chance_error:.4g}, but that of the mean is {error.mean:.4g} "
        f"({low:.4g} to {high:.4g} with {CONFIDENCE:.1%} confidence)",
    )


def _same(first: np.ndarray, second: np.ndarray) -> bool:
    # Sums of numbers may differ in their last bits from one library to the other.
    return np.allclose(first, second, rtol=1e-6, atol=1e-6, equal_nan=True)


def _commonest(targets: np.ndarray, width: int) -> int:
    """The most common scored target (sequences,); 0 if there is none."""
    return int(np.bincount(targets[targets != MISSING], minlength=width).argmax())


def _one_each(targets: np.ndarray, generator: np.random.Generator) -> tuple[Any, np.ndarray]:
    """One scored target of each sequence, drawn uniformly, and its step: integers (sequences,)."""
    lots = np.where(~absent(targets), generator.random(targets.shape), -1.0)
    step = lots.argmax(axis=1)
    return targets[np.arange(len(targets)), step], step


def _score(task: Task, expected: np.ndarray, predicted: np.ndarray) -> Accuracy:
    return accuracy(expected, predicted, CONFIDENCE, tolerance=task.tolerance)

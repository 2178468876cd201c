"""Any task of `echospan.tasks` as a question, by way of its `at_distance`."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

from echospan.errors import ConfigError, unknown
from echospan.measure import Interval, squared_error
from echospan.random import NumpyDraw
from echospan.spans.echo_question import LARGEST, EchoQuestion
from echospan.spans.question import PARTS, Look, Question, Score
from echospan.spec import choose
from echospan.tasks import TASKS, Echo, NumberTask, Task, absent
from echospan.tasks.base import Part

if TYPE_CHECKING:
    from echospan.spans.subject import Lesson

# A series is the user's own, and what is recited is written after the end.
LEFT_OUT = ("series", "recite")
"""Tasks that cannot be asked at any distance, with an answer at the step that it is asked for."""


def askable() -> list[str]:
    """Names of the tasks that can be asked at any distance, those of other packages included."""
    return [name for name in TASKS.names() if name not in LEFT_OUT]


NAMES = tuple(name for name in TASKS if name not in LEFT_OUT)
"""The built-in ones of `askable`."""

SYMBOLS, MOST_SYMBOLS = 10, 10_000
"""Of the echo task, where nothing else is said; and the most of any."""

ANSWERS = 512
"""Answers in one measurement; at least."""

SEQUENCES = 32
SHORTEST = 16


def question_of(
    task: str | Mapping[str, Any] | Task | type[Task] = "echo",
    symbols: int | None = None,
    largest: int | None = None,
    lags: Sequence[int] | None = None,
) -> Question:
    """The question that a task stands for.

    Args:
        task: A name such as "echo", ``package.module:Class``, or a task with settings of its own,
            made or as a table.
        symbols: Its number of symbols, for a task that has one; left out, its default.
        largest: Largest distance; left out, 1000, or where the task's alphabet would have to grow.
        lags: Distances that will be asked, where they are known.

    Raises:
        ConfigError: No such task, or it cannot be asked so.
    """
    if symbols is not None and (isinstance(symbols, bool) or not 2 <= symbols <= MOST_SYMBOLS):
        raise ConfigError("symbols", f"a whole number from 2 to {MOST_SYMBOLS:,}", symbols)
    given = {"kind": task} if isinstance(task, str) else task
    if isinstance(given, Mapping):
        given = {"kind": "echo", **given}
        kind = given["kind"]
        if isinstance(kind, str) and ":" not in kind and kind not in (known := askable()):
            raise unknown("task", known, kind, "or package.module:Class")
        if kind == "echo":
            return _echo({**given, **({} if symbols is None else {"symbols": symbols})}, largest)
    made = choose(TASKS, "task", given)
    if type(made) is Echo:
        symbols = made.symbols if symbols is None else symbols
        return _echo({"symbols": symbols}, largest)
    if TASKS.admit(type(made)) in LEFT_OUT:
        raise unknown("task", askable(), made.kind)
    if symbols is not None:
        if "symbols" not in type(made).model_fields:
            raise ConfigError(
                "symbols", f"left out: task {made.kind!r} has no such setting", symbols
            )
        made = made.replace(symbols=symbols)
    return TaskQuestion(made, largest, lags)


def _echo(settings: Mapping[str, Any], largest: int | None) -> EchoQuestion:
    for name in settings:
        # Lag and length are what the search chooses.
        if name not in ("kind", "symbols", "lag", "length"):
            raise ConfigError(f"task.{name}", "left out for the echo task", settings[name])
    return EchoQuestion(settings.get("symbols", SYMBOLS), largest or LARGEST)


class TaskQuestion(Question):
    """A task at any distance.

    Sequences are drawn outside the compiled program and end in steps that nothing is asked about,
    so that distances of nearly the same length share a program. A causal model cannot know.

    Args:
        task: With all settings but the distance.
        largest: Distance after which the search ends; left out, as `question_of` says.
        lags: Distances that will be asked; left out, any up to `largest`.
    """

    def __init__(self, task: Task, largest: int | None, lags: Sequence[int] | None) -> None:
        self._task = task
        self.at = lru_cache(maxsize=None)(task.at_distance)
        self.smallest = next(d for d in range(1, task.distance + 1) if self._valid(d))
        if lags is not None:
            for lag in lags:
                self.at(lag)
            self.largest = max(lags)
        elif largest is None:
            self.largest = self._most(LARGEST, task.width)
        else:
            self.largest = self._most(largest, None)
        if lags is None and self.largest < self.smallest:
            raise ConfigError(
                "largest", f"at least {self.smallest} for task {task.kind!r}", largest
            )
        widest = self.at(self.largest)
        self.name, self.width, self.features = task.kind, widest.width, widest.features
        self.symbols = getattr(widest, "symbols", widest.width or None)
        self.dial = _dial(task)
        self.notes = (
            f"Task {task.kind}: the ladder turns its {self.dial}, and sequences are measured as "
            "long as they were trained. Bits by answer, probes of the state, longer sequences, "
            "distractors and the delay line beside the model belong to the echo task: left out.",
        )

    def training_length(self, distance: int) -> int:
        """The task's steps, rounded up to 2^k or 3 * 2^k."""
        steps = self.at(distance).steps
        power = 1 << (steps - 1).bit_length()
        return max(SHORTEST, power * 3 // 4 if steps <= power * 3 // 4 else power)

    def sample(self, distance: int, generator: np.random.Generator, number: int) -> np.ndarray:
        """As the task draws them."""
        return self._padded(distance, generator, number, "train")

    def given(self, lesson: Lesson, number: int, seed: int, piece: int) -> Any:
        """The sequences themselves."""
        generator = np.random.default_rng([seed, PARTS["train"], lesson.lag, piece])
        values = self.sample(lesson.lag, generator, number)
        return values, self.targets(values, lesson.lag)

    def drawn(self, given: Any, key: Any, number: int, length: int) -> tuple[Any, Any]:
        """As they are."""
        values, targets = given
        return values, targets

    def heard(
        self, distance: int, seed: int, part: str, *, times: int | None = None, number: int = 0
    ) -> np.ndarray:
        """New sequences, so many that there are enough answers."""
        if not number:
            few = self.heard(distance, seed, part, number=SEQUENCES)
            asked = int((~absent(self.targets(few, distance))).sum())
            number = SEQUENCES * max(1, math.ceil(ANSWERS / max(asked, 1)))
        generator = np.random.default_rng([seed, PARTS[part], distance, number])
        return self._padded(distance, generator, number, "evaluation")

    def targets(self, values: np.ndarray, distance: int) -> np.ndarray:
        """The task's, and nothing after its last step."""
        task = self.at(distance)
        found = self.nothing(values.shape[:2])
        found[:, : task.steps] = task.targets(values[:, : task.steps])
        return found

    def chance(self, distance: int) -> float:
        """The task's; R2 of the best constant is 0."""
        task = self.at(distance)
        return 0.0 if isinstance(task, NumberTask) else task.chance

    def chance_loss(self, distance: int) -> float:
        """Of a guess among the answers that can be; of numbers, of the best constant."""
        task = self.at(distance)
        return task.chance_error if isinstance(task, NumberTask) else -math.log(task.chance)

    def ceiling(self, distance: int) -> float:
        """The task's own."""
        return self.at(distance).ceiling

    def bits(self, distance: int) -> float | None:
        """The task's."""
        return self.at(distance).bits

    def back(self, distance: int) -> int:
        """The task's reach; else half the distance, beyond which some of what is asked lies."""
        reach = self.at(distance).reach
        return max(1, distance // 2) if reach is None else reach

    def look(self, distance: int, seed: int) -> Look:
        """The answer at the task's last step."""
        heard = self.heard(distance, seed, "check", number=SEQUENCES)
        end = self.at(distance).steps - 1
        asked = self.targets(heard, distance)[:, end]
        targets = self.nothing(heard.shape[:2])
        targets[:, end] = np.where(absent(asked), 0, asked)
        return Look(heard, targets, 0, end)

    def score(
        self, expected: np.ndarray, answered: np.ndarray, distance: int, confidence: float
    ) -> Score:
        """Right answers; of numbers, R2 against the best constant."""
        task = self.at(distance)
        if not isinstance(task, NumberTask):
            return super().score(expected, answered, distance, confidence)
        found = squared_error(expected, answered, confidence)
        share, high, low = (
            1 - error / task.chance_error
            for error in (found.mean, found.interval.low, found.interval.high)
        )
        return Score(share, Interval(low, high), found.scored)

    def _padded(
        self, distance: int, generator: np.random.Generator, number: int, part: Part
    ) -> np.ndarray:
        task = self.at(distance)
        values: np.ndarray = task.draw(NumpyDraw(generator), number, {}, part)
        more = self.training_length(distance) - task.steps
        return np.pad(values, [(0, 0), (0, more)] + [(0, 0)] * (values.ndim - 2))

    def _valid(self, distance: int) -> bool:
        try:
            self.at(distance)
        except ConfigError:
            return False
        return True

    def _most(self, largest: int, width: int | None) -> int:
        """The largest distance up to `largest`, with an alphabet of at most that width."""
        low, high = self.smallest - 1, largest
        while low < high:
            middle = (low + high + 1) // 2
            fits = self._valid(middle) and (width is None or self.at(middle).width <= width)
            low, high = (middle, high) if fits else (low, middle - 1)
        return low


def _dial(task: Task) -> str:
    """The setting that the distance is: the first that turns with it."""
    here = task.distance
    for name in type(task).model_fields:
        if getattr(task, name) == here and name != "kind":
            other = task.at_distance(here - 1 if here > 2 else here + 1)
            if getattr(other, name) == other.distance:
                return name
    return "distance"

"""What a fleet is: members in, ended runs out."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Generator, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from echospan.engine.evaluator import Answers, Evaluator
from echospan.engine.trainer import Progress, Trainer
from echospan.engine.values import TrainState

if TYPE_CHECKING:
    import jax


@dataclass(frozen=True)
class Validation:
    """Sequences to judge a run on whenever it reports.

    Attributes:
        evaluator: Judges.
        key: Names the sequences.
        stop: Asked while it judges; if it says so, the report comes without answers.
    """

    evaluator: Evaluator
    key: jax.Array
    stop: Callable[[], bool] | None = None


@dataclass
class Member:
    """One training run among others.

    Attributes:
        trainer: Trains it; members may share one, and then share its compiled program.
        values: Where it starts; their memory is given away and must not be used again. The
            learning rate is among them.
        key: The stream of its data.
        epochs: Epoch to stop before.
        first_epoch: Epochs already done.
        first_update: Updates already done of the epoch after those.
        epochs_per_call: Epochs between two reports; left out, about a quarter of a second's.
        validation: What it is judged on at each report; `Progress.answers` has the answers.
        on_begin: Called when its training begins, from the thread that trains it.
        on_progress: Called after each call; only this run stops if it returns True. What it
            raises ends this run alone. Reports of one run come one after another, those of
            different runs from different threads. The values that it is shown are given away when
            it returns: it must copy what it keeps.
        on_pause: The same between two calls without a report, often within an epoch.
        stop: Asked while a program runs. Where that does not end soon, the run ends with `Halted`.
    """

    trainer: Trainer
    values: TrainState
    key: jax.Array
    epochs: int
    first_epoch: int = 0
    first_update: int = 0
    epochs_per_call: int | None = None
    validation: Validation | None = None
    on_begin: Callable[[], None] = lambda: None
    on_progress: Callable[[Progress], bool | None] = lambda progress: None
    on_pause: Callable[[Progress], bool | None] = lambda progress: None
    stop: Callable[[], bool] = lambda: False


@dataclass(frozen=True)
class Finished:
    """A run that ended.

    Attributes:
        index: Which of the members.
        values: Its values; None after an error.
        error: What went wrong with this run alone.
    """

    index: int
    values: TrainState | None
    error: Exception | None = None

    def result(self) -> TrainState:
        """The values, or the error raised."""
        if self.error is not None:
            raise self.error
        assert self.values is not None
        return self.values


class Fleet(ABC):
    """Trains many runs at once.

    A run ends for itself: at its last epoch, when its `on_progress` says so, or by an error. It
    then takes no more time from the others. Models are traced and programs compiled in the calling
    thread only, since Keras models are changed while they are traced.
    """

    @abstractmethod
    def run(self, members: Iterable[Member]) -> Generator[Finished, None, None]:
        """Train all members; each is given out as soon as it ended.

        The iterator must be consumed in one thread, which may use the models meanwhile. Where it
        is closed before its end, the runs that still train are given up at their next report.

        Args:
            members: The runs, of which any may share a trainer. They may be made while others
                already train: a generator is called in the consuming thread.

        Yields:
            One for each member, in the order in which they end.
        """

    @abstractmethod
    def judge(
        self, evaluator: Evaluator, values: Sequence[TrainState], keys: Sequence[jax.Array]
    ) -> list[Answers]:
        """Judge many runs of one shape.

        Args:
            evaluator: Judges; `run` of it would give the same for each.
            values: One for each run; they stay as they are.
            keys: One for each run: names its sequences.
        """

"""One lag of the sheet: the median seed, and each seed beside it."""

from __future__ import annotations

from dataclasses import dataclass

from echospan.measure import Interval
from echospan.results.data import Data


@dataclass(frozen=True)
class SeedScore(Data):
    """One seed at one lag.

    Attributes:
        seed: Its number.
        accuracy: Share of right answers on new sequences; None where it was not measured.
        interval: Of the share.
        streamed: The same one step at a time; None where the model cannot stream.
        solved: Whether the interval lies above the threshold.
        ending: How its training ended.
        updates: Weight updates that it made.
    """

    seed: int
    accuracy: float | None
    interval: Interval | None
    streamed: float | None
    solved: bool | None
    ending: str
    updates: int


@dataclass(frozen=True)
class Curve(Data):
    """One seed as it trained.

    Attributes:
        seed: Its number.
        updates: Weight updates made so far, at each point.
        loss: Training loss there.
        accuracy: Validation share there.
    """

    seed: int
    updates: tuple[int, ...]
    loss: tuple[float | None, ...]
    accuracy: tuple[float | None, ...]


@dataclass(frozen=True)
class LagRow(Data):
    """One lag of the sheet.

    Attributes:
        lag: Steps back, or the task's distance.
        outcome: Solved, failed or undecided.
        accuracy: Of the median seed on new sequences, R2 where answers are numbers; None where
            nothing was measured.
        interval: Of that seed's share.
        mean: Over seeds.
        over_seeds: Interval of the mean over seeds.
        streamed: The median seed's share one step at a time; None where it cannot stream.
        bits: Information of an answer, at least; None where nothing was measured, or where it has
            no meaning for the task.
        mutual_information: The same by counting pairs, bias corrected; None with too few
            answers for that.
        solved_share: Share of the measured seeds that solved it.
        learning_rate: Chosen on validation sequences; None for a model that has none.
        updates: Of the median seed.
        seeds: Each seed.
        tried: Mean validation share over seeds by learning rate.
        tried_seeds: Seeds behind each of these.
        curves: Each seed as it trained.
        training_length: Steps of a training sequence.
        scored: Answers of one seed that were scored.
        chance: Score of an answer that knows nothing.
        bits_needed: What must be held at once to answer everything; None where not known.
        bits_recalled: Information of an answer by scores or accuracy, at least: see `capacity`.
    """

    lag: int
    outcome: str
    accuracy: float | None
    interval: Interval | None
    mean: float | None
    over_seeds: Interval | None
    streamed: float | None
    bits: float | None
    mutual_information: float | None
    solved_share: float | None
    learning_rate: float | None
    updates: int
    seeds: tuple[SeedScore, ...]
    tried: dict[str, float]
    tried_seeds: dict[str, int]
    curves: tuple[Curve, ...]
    training_length: int
    scored: int
    chance: float | None = None
    bits_needed: float | None = None
    bits_recalled: float | None = None

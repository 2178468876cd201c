"""What `uses` measures: loss and answers of a trained model by how much context is kept."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from echospan.results.data import Data, frame

if TYPE_CHECKING:
    import polars

Ablation = Literal["average", "restart", "shuffle", "replace"]
"""What becomes of the older steps. average: they come from other places of the data, and the
answers are averaged. restart: they are left out, and the model starts afresh. shuffle: they are
put in random order. replace: as average, with the losses averaged in place of the answers."""


@dataclass(frozen=True)
class UsesPoint(Data):
    """The loss with so many input steps kept.

    Attributes:
        kept: Newest input steps that stay as they are, the current one included.
        loss: Mean loss.
        interval: Ends of the 95 % interval of the loss beside that with the full context, which
            holds for all points together; None with the full context.
        change: Mean change of an answer against that with the full context: the total variation
            distance of probabilities, or the absolute difference of numbers. None where unknown.
    """

    kept: int
    loss: float
    interval: tuple[float, float] | None = None
    change: float | None = None


@dataclass(frozen=True)
class UsesAblation(Data):
    """What one ablation says.

    Attributes:
        name: Of the ablation.
        uses: Fewest steps from which on the loss stays within the margin; None if not measured.
        interval: Fewest and most steps that this may be; None if not measured.
        gain_95: Fewest steps that give 95 % of the gain; None if not measured.
        reason: Why it was not measured; empty where it was.
    """

    name: Ablation
    uses: int | None = None
    interval: tuple[int, int] | None = None
    gain_95: int | None = None
    reason: str = ""


@dataclass(frozen=True)
class UsesHurt(Data):
    """An improvement without the older steps.

    Attributes:
        kept: Newest steps that are kept where the improvement is largest.
        share: The improvement as a share of the gain.
        interval: Ends of its 95 % interval.
        ablation: Which ablation shows it.
    """

    kept: int
    share: float
    interval: tuple[float, float]
    ablation: Ablation


@dataclass(frozen=True)
class UsesClass(Data):
    """The same for some of the answers.

    Attributes:
        name: Of the class of answers.
        windows: How many answers.
        full_loss: Their mean loss with the full context.
        constant_loss: Their mean loss under the best constant answer of all.
        uses: As for all answers, by the same ablation; None without a gain.
        interval: As for all answers; None without a gain.
    """

    name: str
    windows: int
    full_loss: float
    constant_loss: float
    uses: int | None = None
    interval: tuple[int, int] | None = None


@dataclass(frozen=True)
class UsesData(Data):
    """How far back a trained model looks. `to_dict` is what `echospan uses --json` prints.

    All numbers of steps count inputs that are kept, the current one included: a model that copies
    its newest input uses 1, one that repeats the input of lag n uses n + 1.

    Attributes:
        model: What was measured.
        framework: What computes it.
        window: Steps of the full context.
        windows: Windows, each with one answer.
        uses: Fewest newest steps with which the loss stays within the margin of the full context:
            the smaller of average and restart. None if interrupted before it was known.
        uses_interval: Fewest and most steps that this may be, at 95 % for all points together.
        by: The ablation that `uses` is taken from.
        gain_95: Fewest steps that give 95 % of the gain.
        answers_change_up_to: Fewest steps from which on the answers change by less than 1 % of the
            change without any step; None where unknown.
        warm_up: Steps that the model needs from a fresh start: `uses` of restart. None where the
            model can't be run on fewer steps.
        older_steps_hurt: The largest shown improvement without the older steps; None without one.
        curves: Loss by steps kept, for each ablation.
        ablations: What each ablation says.
        explanations: What the differences between them mean, in sentences.
        answers_changed: Share of the answers that change much if only the first number of
            `uses_interval` is kept; None where unknown.
        classes: The same by class of answers, where asked for.
        loss: Name of the loss.
        full_loss: Loss with the full context.
        constant_loss: Loss of the best constant answer; the gain is the difference to it.
        margin: Share of the gain that may be missing.
        independent: Windows that share no step, about: what the intervals rest on.
        donors: Other places that the older steps are taken from, for each window.
        seed: Of the draws.
        versions: Versions of what the model is made of, by package.
        seconds: How long it took.
        notes: What was done with model and data, in sentences.
        stopped: Whether it was interrupted.
    """

    model: str
    framework: str
    window: int
    windows: int
    uses: int | None
    uses_interval: tuple[int, int] | None
    by: Ablation | None
    gain_95: int | None
    answers_change_up_to: int | None
    warm_up: int | None
    older_steps_hurt: UsesHurt | None
    curves: Mapping[str, tuple[UsesPoint, ...]]
    ablations: tuple[UsesAblation, ...]
    explanations: tuple[str, ...] = ()
    answers_changed: float | None = None
    classes: tuple[UsesClass, ...] = ()
    loss: str = ""
    full_loss: float = 0.0
    constant_loss: float = 0.0
    margin: float = 0.05
    independent: int = 0
    donors: int = 0
    seed: int = 0
    versions: Mapping[str, str] = field(default_factory=dict)
    seconds: float = 0.0
    notes: tuple[str, ...] = ()
    stopped: bool = False

    @property
    def gain(self) -> float:
        """How much lower the loss is than that of the best constant answer."""
        return self.constant_loss - self.full_loss

    def __getitem__(self, name: str) -> UsesAblation:
        """What an ablation says.

        Raises:
            KeyError: There is no ablation of that name.
        """
        for each in self.ablations:
            if each.name == name:
                return each
        raise KeyError(name)

    def to_frame(self) -> polars.DataFrame:
        """Return one row per ablation and number of steps kept: loss, interval, change.

        Raises:
            MissingExtra: polars is not installed.
        """
        columns = {
            "ablation": "String", "kept": "Int64", "loss": "Float64", "low": "Float64",
            "high": "Float64", "change": "Float64",
        }  # fmt: skip
        rows = [
            (name, point.kept, point.loss, *(point.interval or (None, None)), point.change)
            for name, points in self.curves.items()
            for point in points
        ]
        return frame(columns, rows)

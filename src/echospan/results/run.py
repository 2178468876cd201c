"""The result of a run: how good, measured on what, at what cost, one sequence to look at."""

from __future__ import annotations

from collections.abc import ItemsView, Iterator, KeysView, Mapping, ValuesView
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Annotated, Any

from echospan.measure.standing import AT_CHANCE, BARELY, BELOW_CHANCE, standing
from echospan.results.data import Data, frame, plain
from echospan.results.tolerant import (
    HowMany,
    Number,
    Numbers,
    Pair,
    Pairs,
    Seconds,
    Sentences,
    Settings,
    Share,
    TableOrNone,
    Tables,
    TablesByName,
    Text,
    TotalSeconds,
    Values,
    Whole,
)

if TYPE_CHECKING:
    import polars


SEQUENCE, HELD_OUT_STEP = "sequence", "held-out step"
"""What was drawn independently for an accuracy."""


@dataclass(frozen=True)
class Score(Data):
    """A share of right answers.

    Attributes:
        accuracy: The share.
        interval: Its interval.
    """

    accuracy: Share = None
    interval: Pair = None


@dataclass(frozen=True)
class ByPosition(Data):
    """Accuracy by place in the sequence; the three columns have the same length.

    Attributes:
        position: Steps, counted from 0.
        accuracy: Share of right answers at each.
        interval: Interval of each share.
    """

    position: Numbers = ()
    accuracy: Numbers = ()
    interval: Pairs = ()


@dataclass(frozen=True)
class Variant(Data):
    """A variant that the run is compared with, over its seeds.

    Attributes:
        name: Its name in the recipe.
        label: What it is called in figures and tables.
        settings: Dotted settings that differ from the recipe's.
        accuracy: Mean over seeds.
        interval: Of the mean; of a single seed, Wilson's.
        seeds: How many.
        accuracies: Of each seed.
        chance: Accuracy of guessing.
        parameters: Of the model.
        epochs: Of each seed.
        seconds: Of training, mean over seeds.
        runs: Ids of the stored runs.
    """

    name: Text = ""
    label: Text = ""
    settings: Settings = field(default_factory=dict)
    accuracy: Share = None
    interval: Pair = None
    seeds: HowMany = None
    accuracies: Numbers = ()
    chance: Share = None
    parameters: Number = None
    epochs: Numbers = ()
    seconds: TotalSeconds = None
    runs: Sentences = ()

    @property
    def title(self) -> str:
        """Its label, else its name."""
        return self.label or self.name or "unnamed"

    @property
    def seed_count(self) -> int | None:
        """How many seeds it was measured with; None where that was not stored."""
        return self.seeds or len(self.accuracies) or None


@dataclass(frozen=True)
class Grid(Data):
    """How variants stand in a table of two changes.

    Attributes:
        rows: Names of the rows.
        columns: Names of the columns.
        cells: Names of variants (rows, columns).
    """

    rows: Sentences = ()
    columns: Sentences = ()
    cells: Values = ()


@dataclass(frozen=True)
class OneSequence(Data):
    """One new sequence of numbers: the inputs, what was expected and what was predicted."""

    inputs: Values = None
    expected: Values = None
    predicted: Values = None


@dataclass(frozen=True)
class RunData(Data):
    """What a run came to. `to_dict` is what `echospan run --json` prints.

    For one release it can be read like the dictionary that it was before: ``result["accuracy"]``.

    Attributes:
        recipe: Name of the recipe or experiment.
        run_id: Id of the stored run.
        seed: Its seed.
        accuracy: Share of right answers on new sequences.
        accuracy_interval: Its interval; None where too few values are independent, which `notes`
            says.
        interval_unit: What was drawn independently: "sequence", or "held-out step" for a series of
            the user's own. Empty in results of older versions.
        independent_values: How many independent values of that unit the interval is based on.
        confidence: Of all intervals.
        scored: Answers that were scored.
        sequences: New sequences that they belong to.
        chance: Accuracy of guessing.
        ceiling: The best possible accuracy.
        epochs: Epochs trained; 0 for a model that learns nothing by gradient.
        updates: Weight updates made.
        parameters: Trainable parameters.
        loss: On the new sequences.
        accuracy_by_position: Accuracy at each step of the sequence.
        baselines: Models that learn nothing, on the same sequences, by name.
        settings: The experiment's settings.
        tolerance: Of numbers: an answer counts as right when it is less than this off.
        squared_error: Of numbers: mean squared error.
        squared_error_interval: Its interval.
        chance_squared_error: That of the best constant.
        r2: Share of the variance that is explained.
        example: One new sequence, of numbers.
        inputs: Symbols of one new sequence, None where one is missing.
        expected: Answers expected there, None where a step is not scored.
        predicted: Answers given there.
        explanation: Sentences about the result.
        seconds: Time by part: compile, train, evaluate.
        variants: What it was compared with.
        grid: How the variants stand in a table.
        notes: What else there is to say.
    """

    recipe: Text = ""
    run_id: Text = ""
    seed: Whole = None
    accuracy: Share = None
    accuracy_interval: Pair = None
    interval_unit: Text = ""
    independent_values: Number = None
    confidence: Share = None
    scored: Number = None
    sequences: Number = None
    chance: Share = None
    ceiling: Share = None
    epochs: Number = None
    updates: Number = None
    parameters: Number = None
    loss: Number = None
    accuracy_by_position: Annotated[ByPosition | None, TableOrNone] = None
    baselines: Annotated[dict[str, Score], TablesByName] = field(default_factory=dict)
    settings: Settings = field(default_factory=dict)
    tolerance: Number = None
    squared_error: Number = None
    squared_error_interval: Pair = None
    chance_squared_error: Number = None
    r2: Number = None
    example: Annotated[OneSequence | None, TableOrNone] = None
    inputs: Values = None
    expected: Values = None
    predicted: Values = None
    explanation: Sentences = ()
    seconds: Seconds = field(default_factory=dict)
    variants: Annotated[tuple[Variant, ...], Tables] = ()
    grid: Annotated[Grid | None, TableOrNone] = None
    notes: Sentences = ()

    @property
    def standing(self) -> str:
        """Where the accuracy stands: "at chance", "barely above chance", "partly solved", "solved".

        Also "below chance", and "above chance" where the best possible accuracy is not known; empty
        without an interval. `echospan.measure.standing` has the rule.
        """
        said = standing(self.accuracy, self.accuracy_interval, self.chance, self.ceiling)
        error, guess = self.squared_error_interval, self.chance_squared_error
        if error is None or guess is None:
            return said
        # Answers can be far from random long before many of them lie within the tolerance.
        by_error = standing(-sum(error) / 2, (-error[1], -error[0]), -guess, 0.0)
        if by_error in (AT_CHANCE, BELOW_CHANCE):
            return by_error
        return BARELY if said in (AT_CHANCE, BELOW_CHANCE) else said

    @property
    def learned(self) -> bool:
        """Whether it was trained by gradient: else loss and epochs mean nothing."""
        return self.epochs is None or self.epochs > 0

    @property
    def on_series(self) -> bool:
        """Whether it was judged on the held-out part of a series, not on new sequences."""
        return self.interval_unit == HELD_OUT_STEP

    def to_dict(self) -> dict[str, Any]:
        """Return plain values, as `echospan run --json` prints them; without what is not known."""
        values = {one.name: plain(getattr(self, one.name)) for one in fields(self)}
        empty = ("variants", "notes", "interval_unit")
        # That there is no interval is a result, too.
        told = ("accuracy_interval",) if self.interval_unit else ()
        return {
            name: value
            for name, value in values.items()
            if (value is not None or name in told) and (value or name not in empty)
        }

    def to_frame(self) -> polars.DataFrame:
        """Return one row per seed: of the run itself, then of each variant.

        Raises:
            MissingExtra: polars is not installed.
        """
        low, high = self.accuracy_interval or (None, None)
        own = (self.seed, self.accuracy, low, high, self.chance, self.parameters, self.run_id)
        rows: list[tuple[Any, ...]] = [(self.recipe, "", *own)]
        for variant in self.variants:
            runs = variant.runs or (None,) * len(variant.accuracies)
            ends = variant.interval if len(variant.accuracies) == 1 else None
            low, high = ends or (None, None)
            first = variant.settings.get("seed", self.seed)
            for place, (accuracy, run) in enumerate(zip(variant.accuracies, runs, strict=False)):
                seed = first + place if isinstance(first, int) else None
                score = (seed, accuracy, low, high, variant.chance, variant.parameters, run)
                rows.append((self.recipe, variant.name, *score))
        return frame(_COLUMNS, rows)

    def __getitem__(self, name: str) -> Any:
        return self.to_dict()[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.to_dict())

    def __len__(self) -> int:
        return len(self.to_dict())

    def __contains__(self, name: object) -> bool:
        return name in self.to_dict()

    def get(self, name: str, default: Any = None) -> Any:
        """Return the value of a key of `to_dict`, or the default."""
        return self.to_dict().get(name, default)

    def keys(self) -> KeysView[str]:
        """Return the keys of `to_dict`."""
        return self.to_dict().keys()

    def values(self) -> ValuesView[Any]:
        """Return the values of `to_dict`."""
        return self.to_dict().values()

    def items(self) -> ItemsView[str, Any]:
        """Return keys and values of `to_dict`."""
        return self.to_dict().items()


Mapping.register(RunData)

_COLUMNS = {
    "recipe": "String",
    "variant": "String",
    "seed": "Int64",
    "accuracy": "Float64",
    "accuracy_low": "Float64",
    "accuracy_high": "Float64",
    "chance": "Float64",
    "parameters": "Int64",
    "run_id": "String",
}

"""The memory spec sheet of one model: everything that was measured."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, Self

from echospan.arguments import mapping, validated
from echospan.results.capacity import BITS_PER_PARAMETER, NUMBERS_PER_UNIT, Capacity
from echospan.results.data import Data, frame, plain, plain_content
from echospan.results.edge import edge_of
from echospan.results.lag_row import LagRow
from echospan.results.probes import Check, Condition, Decay, Reach, Reference
from echospan.results.protocol import ProtocolUse
from echospan.results.tolerant import AtLeastTwo, Count, SureSeconds, SureShare, Word, tables

if TYPE_CHECKING:
    import polars

VERSION = 1
"""Of the layout of `to_dict`."""


@dataclass(frozen=True)
class SheetData(Data):
    """What was measured of one model. `to_dict` is what `echospan span --json` prints.

    Attributes:
        model: Name of the model.
        framework: Keras, torch or jax.
        learns: How it is trained: "gradient", "ridge" or "nothing".
        parameters: Number of trainable parameters.
        state_size: Numbers in its state; None where not known.
        receptive_field: Steps that an output can depend on; None where no limit is known.
        symbols: Number of distinct symbols; None where inputs are numbers.
        task: Name of the task.
        seeds: Seeds that each lag was trained with.
        threshold: Share above which a lag counts as solved.
        confidence: Of all intervals.
        budget: As it was given; "none" without one.
        span: Largest lag such that it and every smaller one is solved; None unless measured, which
            needs the next lag to have failed.
        span_status: "measured"; "at_least", if only a lower bound is known; or "undecided".
        span_at_least: The span is at least this; None where nothing is known. The same as `span`
            where that was measured.
        first_failed: Smallest lag that failed; None where none did.
        per_lag: One entry a lag, in rising order.
        chance: Score of an answer that knows nothing.
        checks: Checks on the model itself, by name.
        verdict: What limits the model, in a sentence or two.
        verdict_code: The same as one word for programs.
        verdict_evidence: The numbers that it rests on.
        bits_of_state: Bits that the state can hold, as declared or at 32 bits a number.
        capacity: Bits that answers prove to be held; None where they prove nothing.
        decay: What linear probes read from the state; None where none was fitted.
        reach: How far back outputs and gradients go, by model: "start", "trained", "failed".
        lengths: Scores on sequences longer than in training.
        distractors: Scores among other symbols than in training.
        references: Known answerers on the same sequences, by name.
        notes: What else there is to say about the model or the task.
        interrupted: Whether the user ended it early.
        updates: Weight updates made in all.
        seconds: Time taken.
        measured_at: Lag whose trained model the checks, the decay and the lengths are about.
        distance: What the task calls a lag.
        scored_as: What `accuracy` is: that, or "R2" where answers are numbers.
        ceiling: Score of an answer that has forgotten nothing.
        protocol: The rules that it was made by, and what was changed; None in files from before
            there were protocols.
        wanted_parameters: Number of parameters that was asked for but not applied, since no width
            of the model can be chosen; None otherwise.
    """

    computed: ClassVar[tuple[str, ...]] = (
        "bits_per_symbol",
        "bits_held",
        "bits_per_parameter",
        "bits_per_unit",
    )

    model: str
    framework: Word
    learns: Word
    parameters: Count
    state_size: Count | None
    receptive_field: int | None
    symbols: AtLeastTwo | None
    task: str
    seeds: int
    threshold: SureShare
    confidence: SureShare
    budget: str
    span: int | None
    span_status: str
    span_at_least: int | None
    first_failed: int | None
    per_lag: tuple[LagRow, ...]
    chance: SureShare
    checks: dict[str, Check]
    verdict: str
    verdict_code: str
    verdict_evidence: dict[str, Any] = field(default_factory=dict)
    bits_of_state: float | None = None
    capacity: Capacity | None = None
    decay: Decay | None = None
    reach: dict[str, Reach] = field(default_factory=dict)
    lengths: tuple[Condition, ...] = ()
    distractors: tuple[Condition, ...] = ()
    references: dict[str, tuple[Reference, ...]] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    interrupted: bool = False
    updates: int = 0
    seconds: SureSeconds = 0.0
    measured_at: int | None = None
    distance: Word = "lag"
    scored_as: Word = "accuracy"
    ceiling: SureShare = 1.0
    protocol: ProtocolUse | None = None
    wanted_parameters: int | None = None

    def __post_init__(self) -> None:
        # Lists in place of tuples: equal to itself after a way through JSON.
        object.__setattr__(self, "verdict_evidence", plain(self.verdict_evidence))

    @property
    def bits_per_symbol(self) -> float | None:
        """Bits in one symbol, log2 of their number."""
        return None if self.symbols is None else math.log2(self.symbols)

    @property
    def bits_held(self) -> float | None:
        """Bits about the past in one trained model's state, by probes or by its answers.

        Both are lower bounds, so the greater one is, too. None where there is neither.
        """
        known = [] if self.decay is None else [self.decay.bits_held]
        if self.capacity is not None:
            known += [one.bits for one in self.capacity.held if one.lag == self.measured_at]
        return max(known, default=None)

    @property
    def bits_per_parameter(self) -> float | None:
        """`bits_held` over the number of parameters."""
        return _per(self.bits_held, self.parameters)

    @property
    def bits_per_unit(self) -> float | None:
        """`bits_held` over the numbers in the state."""
        return _per(self.bits_held, self.state_size)

    @property
    def symbols_per_number(self) -> float | None:
        """Symbols that answers prove to be held, for each number of state."""
        if self.capacity is None:
            return None
        return _per(self.capacity.most / math.log2(self.symbols or 2), self.state_size)

    def to_dict(self) -> dict[str, Any]:
        """Return plain values, as `echospan span --json` prints them."""
        values = {"version": VERSION, **super().to_dict()}
        if self.capacity is not None:
            values["capacity"] |= {
                "symbols_per_number": self.symbols_per_number,
                "known": {
                    "bits_of_weights": BITS_PER_PARAMETER * self.parameters,
                    "numbers_per_unit": NUMBERS_PER_UNIT,
                    "source": "Collins, Sohl-Dickstein & Sussillo 2017",
                },
            }
        return values

    @classmethod
    @validated(content=mapping("what to_dict returned"))
    def from_dict(cls, content: Mapping[str, Any]) -> Self:
        """Make the sheet again from what `to_dict` returned, or from a file of it.

        Raises:
            DataError: A key is missing, or its value is of another type.
        """
        return super().from_dict(in_todays_layout(plain_content(cls, content)))

    def to_frame(self) -> polars.DataFrame:
        """Return one row per lag and seed.

        Raises:
            MissingExtra: polars is not installed.
        """
        rows = []
        for row in self.per_lag:
            known = (self.model, self.task, row.lag, row.outcome)
            rest = (row.learning_rate, row.chance, self.threshold)
            for seed in row.seeds:
                low, high = seed.interval or (None, None)
                score = (seed.seed, seed.accuracy, low, high, seed.streamed, seed.solved)
                rows.append((*known, *score, seed.ending, seed.updates, *rest))
        return frame(_COLUMNS, rows)


_COLUMNS = {
    "model": "String",
    "task": "String",
    "lag": "Int64",
    "outcome": "String",
    "seed": "Int64",
    "accuracy": "Float64",
    "accuracy_low": "Float64",
    "accuracy_high": "Float64",
    "streamed": "Float64",
    "solved": "Boolean",
    "ending": "String",
    "updates": "Int64",
    "learning_rate": "Float64",
    "chance": "Float64",
    "threshold": "Float64",
}


def in_todays_layout(content: Mapping[str, Any]) -> Mapping[str, Any]:
    """A sheet's content with what files lack that were written by earlier versions."""
    capacity = content.get("capacity")
    if isinstance(capacity, Mapping):
        # Files written before `solved` was added have it in the rows only.
        rows = tables(content.get("per_lag"))
        solved = {row.get("lag") for row in rows if row.get("outcome") == "solved"}
        held = [{"solved": one.get("lag") in solved, **one} for one in tables(capacity.get("held"))]
        content = {**content, "capacity": {**capacity, "held": held}}
    return content if "span_status" in content else {**content, **_known_span(content)}


def _known_span(content: Mapping[str, Any]) -> dict[str, Any]:
    """The span as the rows of a file show it that was written before `span_status` was added."""
    outcomes = {
        lag: str(row.get("outcome"))
        for row in tables(content.get("per_lag"))
        if isinstance(lag := row.get("lag"), int)
    }
    smallest = 1 if content.get("task") == "echo" else min(outcomes, default=1)
    known = edge_of(outcomes, smallest)
    return {"span": known.span, "span_status": known.status, "span_at_least": known.at_least}


def _per(bits: float | None, number: int | None) -> float | None:
    return None if bits is None or not number else bits / number

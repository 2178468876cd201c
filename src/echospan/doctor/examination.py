"""One check under way: what every probe looks at."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import product
from typing import Any, Literal

import numpy as np

from echospan.adapters.adapt import adapt, optimized, own_fit, rate_of, trial_of
from echospan.adapters.base import Precision
from echospan.adapters.bounds import Bounds
from echospan.adapters.data import Data
from echospan.adapters.facts import Facts, OwnFit
from echospan.adapters.loading import said
from echospan.adapters.signals import Signal
from echospan.adapters.support import NotCloneable
from echospan.adapters.trial import Rate
from echospan.doctor.as_given import AsGiven, as_given
from echospan.doctor.fit_call import FitCall, ResetState
from echospan.doctor.needs import layout
from echospan.doctor.pairs import Pair, Pairs
from echospan.doctor.place import OPEN, Place
from echospan.doctor.placing import place_of_answers
from echospan.doctor.probe_model import ProbedPair, ProbeModel, first, fullest, typed
from echospan.doctor.rows import rows
from echospan.doctor.trial import Course
from echospan.errors import DataError
from echospan.framings.plan import Plan

Trainer = Literal["keras", "echospan"]

MOST_WORK = 2_000_000_000
"""Updates of a clone times weights, steps and rows that a check makes unasked."""

MOST_PARAMETERS = 20_000_000
"""Beyond this many weights only what needs no run is checked."""

DRAWS = (0, 2)
"""Draws of the weights under which outputs are looked at."""


@dataclass
class Examination:
    """A model with its data and the settings of its training.

    Probes read it and return findings. Where they cannot look they say so by `skip`.

    Attributes:
        model: The user's model; it is only read.
        facts: What is known of it.
        data: The beginning of the data.
        batch_size: Samples in one update.
        shuffle: Whether the samples come in random order.
        reset_state: When carried state returns to zero.
        needs_lag: The lag that the user declares.
        stride: Steps between neighbouring windows, where the user declares that samples are such.
        loss: The user's loss function, where the model is not compiled with one.
        validation: The inputs to validate on.
        validation_split: Share of the samples at the end that validate.
        predict_batch_size: The batch size of predictions, if another.
        trainer: Who trains a Keras model.
        batch_first: Whether a torch module is given (batch, time, ...).
        plan: The layout of an epoch, where echospan's own framing made the samples.
        weighted: Whether samples or steps are given weights.
        optimizer: The user's optimizer of a torch module.
        epochs: How often training goes through the data, where that is said.
        thorough: Whether what takes longer is looked at, too.
        only_rows: Rows of the only batches that a torch module takes, and how it fails on others.
        skipped: What was not checked, and why.
        looked: What was looked at.
    """

    model: Any
    facts: Facts
    data: Data
    batch_size: int
    shuffle: bool
    reset_state: ResetState
    needs_lag: int | None = None
    stride: int | None = None
    loss: Any = None
    validation: list[np.ndarray] | None = None
    validation_split: float = 0.0
    predict_batch_size: int | None = None
    trainer: Trainer = "keras"
    batch_first: bool = True
    plan: Plan | None = None
    weighted: bool = False
    optimizer: Any = None
    epochs: int | None = None
    thorough: bool = False
    only_rows: tuple[int, str] | None = None
    skipped: list[str] = field(default_factory=list)
    looked: list[str] = field(default_factory=list)

    def skip(self, what: str) -> None:
        """Record what is not checked, and why."""
        self.skipped.append(what)

    def leave_for_thorough(self, what: str) -> None:
        """Record what is not looked at because it takes longer than a check shall."""
        self.skip(f"{what}: not looked at, for it takes longer; thorough=True does")

    @cached_property
    def rate(self) -> Rate | None:
        """How the user's optimizer is set; None where there is none."""
        return rate_of(self.model, self.facts, self.optimizer)

    @cached_property
    def optimized(self) -> frozenset[str]:
        """Names of the parameters of a torch module that the optimizer holds."""
        if self.optimizer is None:
            return frozenset()
        return optimized(self.model, self.optimizer)

    def affords(self, updates: int) -> bool:
        """Whether that many updates of a clone take little time, or a thorough look is wanted."""
        steps = max((s.values.shape[1] for s in self.data.sources if s.sequence), default=1)
        work = updates * self.facts.parameters * steps * (self.facts.batch_size or self.batch_size)
        return self.thorough or work <= MOST_WORK

    def compare_no_outputs(self, why: str) -> None:
        """Leave out all that compares outputs: no probe gets a clone from here on."""
        for pair in self.pairs.every:
            pair.model = None
        self.__dict__["probed"] = self.__dict__["given"] = None
        self.skip(f"everything that compares outputs: {why}")

    @cached_property
    def course(self) -> Course | None:
        """Some updates of a clone on the data as given; None where they cannot be made."""
        if self.facts.parameters > MOST_PARAMETERS:
            return None
        sources = self.data.sources
        rows = self.facts.batch_size or min(self.batch_size, self.data.looked_at)
        try:
            clone = trial_of(
                self.model,
                self.facts,
                self.data.structure.pack(typed(sources, first(sources, rows))),
                loss=self.loss,
                optimizer=self.optimizer,
                batch_first=self.batch_first,
                outputs=[target.name for target in self.data.targets],
                sequences=[source.sequence for source in sources],
                axes=[source.axes for source in sources],
            )
            return Course(clone, sources, self.data.targets, rows, shuffle=self.shuffle)
        except NotCloneable as error:
            self.skip(f"updates of a clone: {error}")
        except Exception as error:
            told = " ".join(f"{type(error).__name__}: {error}".split())[:200]
            self.skip(f"updates of a clone: {told}")
        return None

    @property
    def stateful(self) -> bool:
        """Whether state is meant to go on from batch to batch."""
        if self.facts.framework == "keras":
            return bool(self.facts.stateful)
        # The user's own loop hands it on, or sets it to zero.
        return self.reset_state != "batch"

    @property
    def validates(self) -> bool:
        """Whether training is followed by validation."""
        return self.validation is not None or bool(self.validation_split)

    @property
    def has_unscored(self) -> bool:
        """Whether echospan's own framing marks steps without a target, by -1."""
        return self.plan is not None and any(
            target.values.dtype.kind in "iu" and bool((target.values < 0).any())
            for target in self.data.targets
        )

    @property
    def rows(self) -> int:
        """Rows of the batches that probes run."""
        few = self.batch_size if self.stateful else min(self.batch_size, 4)
        return self.facts.batch_size or few

    @cached_property
    def probed(self) -> ProbeModel | None:
        """A clone to probe; None where there is none."""
        if self.facts.parameters > MOST_PARAMETERS:
            self.skip(
                f"everything that runs the model: it has {self.facts.parameters:,} weights, and "
                f"probes stop at {MOST_PARAMETERS:,}"
            )
            return None
        return self._probe_model(("float64", "given"))

    def probe_as_given(self, why: str) -> None:
        """Run probes from here on in the user's own precision."""
        found = self._probe_model(("given",))
        self.__dict__["probed"] = found
        for pair in self.pairs.every:
            if pair.model is not None and found is not None:
                own = pair.model
                pair.model = ProbedPair(found, own.source, own.output, own.answers)
        self.looked.append(why)

    def _probe_model(self, attempts: tuple[Precision, ...]) -> ProbeModel | None:
        sources, reason = self.data.sources, ""
        sizes = [self.rows]
        if self.facts.framework == "torch" and self.batch_size > self.rows:
            # A module may hold a state for as many rows as its batches have.
            sizes.append(self.batch_size)
        for size, precision in product(sizes, attempts):
            chosen = fullest(sources, size)
            example = self.data.structure.pack(typed(sources, chosen))
            try:
                adapter = adapt(
                    self.model,
                    example,
                    precision=precision,
                    own_weights=False,
                    batch_first=self.batch_first,
                    outputs=[target.name for target in self.data.targets],
                    sequences=[source.sequence for source in sources],
                    axes=[source.axes for source in sources],
                )
                found = ProbeModel(adapter, sources, chosen, self.facts.vocabulary)
            except Exception as error:
                # Whatever a layer of the user's raises: the rest is checked without it. The
                # reason is that of the user's own precision, which is tried last.
                told = str(error) if isinstance(error, NotCloneable) else said(error)
                reason = told if size == self.rows else reason
            else:
                self._check_outputs(len(found.shapes))
                if size != self.rows:
                    self.only_rows = size, reason
                return found
        self.skip(f"everything that runs the model, because it cannot be cloned: {reason}")
        return None

    def _check_outputs(self, outputs: int) -> None:
        """Refuse more targets than the model has outputs.

        Raises:
            DataError: There are more.
        """
        targets = self.data.targets
        if max(target.number for target in targets) >= outputs:
            raise DataError(
                f"y holds {len(targets)} arrays, and the model gives {outputs} output"
                f"{'s' if outputs > 1 else ''}. Give one array for each output; of several that "
                "one output answers, y = numpy.concatenate(y, axis=-1)."
            )

    @cached_property
    def given(self) -> AsGiven | None:
        """A clone with the user's own weights, and its outputs; None where it can't be had."""
        if self.probed is None:
            # Why it can't be cloned is told already.
            return None
        try:
            return as_given(
                self.model, self.facts, self.data, self.batch_size, batch_first=self.batch_first
            )
        except NotCloneable as error:
            self.skip(f"the model's own outputs: {error}")
        except Exception as error:
            # Whatever a layer of the user's raises: the rest is checked without it.
            self.skip(f"the model's own outputs ({type(error).__name__})")
        return None

    @cached_property
    def bounds(self) -> list[Bounds | None]:
        """What each output can be at all, as the last operations say; empty if not known."""
        if self.probed is None:
            return []
        try:
            return self.probed.adapter.output_bounds(
                typed(self.probed.sources, first(self.probed.sources, self.probed.rows))
            )
        except Exception as error:
            # Whatever a layer of the user's raises: the rest is checked without it.
            self.skip(f"the range of the outputs ({type(error).__name__})")
            return []

    @cached_property
    def drawn(self) -> list[list[np.ndarray]]:
        """Outputs of the first rows under random weights, a list for each draw of `DRAWS`."""
        if self.probed is None:
            return []
        found = []
        for seed in DRAWS:
            self.probed.redraw(seed)
            found.append(self.probed.outputs(self.probed.rows))
        return found

    @cached_property
    def pairs(self) -> Pairs:
        """Each input that has a time axis with each output."""
        sources, targets = self.data.sources, self.data.targets
        every = [
            self._pair(source, target)
            for source in sources
            if source.sequence
            for target in targets
        ]
        return Pairs(every, sources, targets)

    def _pair(self, source: Signal, target: Signal) -> Pair:
        place = self._place(source, target)
        answers = self._answers(source, target, place)
        call = FitCall(
            x=source.values,
            y=target.values,
            samples=self.data.samples,
            batch_size=min(self.batch_size, self.data.samples),
            shuffle=self.shuffle,
            reset_state=self.reset_state,
            stateful=self.stateful,
            recurrent=bool(self.facts.recurrent),
            every=answers > 1,
            needs_lag=self.needs_lag,
            stride=self.stride,
            integers=source.integers,
            place=place,
        )
        found = layout(call)
        if self.plan is not None:
            # Nothing to find out: offsets in the order of samples mean what the plan says.
            found = replace(found, known=True)
        model = None
        if self.probed is not None:
            model = ProbedPair(self.probed, source.number, target.number, answers)
        return Pair(source, target, model, call, found, rows(call, found, self.plan))

    def _place(self, source: Signal, target: Signal) -> Place:
        """Where the answers lie in time; samples that go on from each other are read by step."""
        if self.plan is not None or self.stateful:
            return OPEN
        return place_of_answers(source.values, target.values, self.stride)

    def _answers(self, source: Signal, target: Signal, place: Place) -> int:
        """Answers that stand on the input's time steps: all of these, or one after the last."""
        steps, y = source.values.shape[1], target.values
        if place.kind == "behind":
            # As many answers as time steps are no answers on these steps.
            return 1
        if self.probed is None:
            return steps if y.ndim >= 2 and y.shape[1] == steps > 1 else 1
        shape = self.probed.shapes[target.number]
        every = len(shape) >= 3 and shape[1] == steps and steps > 1
        flat = len(shape) == 2 and shape[1] == steps > 1 and y.ndim == 3
        plain = source.axes == "flat" and shape[1:] == y.shape[1:] == (steps,) and steps > 1
        return steps if every or flat or plain else 1

    @cached_property
    def own_fit(self) -> OwnFit | None:
        """What Keras's own `fit` does with the state that layers shall carry.

        None where nothing is to be carried, where another trains, or where it cannot be tried.
        """
        if not self.facts.stateful or self.trainer == "echospan":
            return None
        if self.facts.parameters > MOST_PARAMETERS:
            return None
        sources = self.data.sources
        count = self.facts.batch_size or self.batch_size
        rng = np.random.default_rng(0)
        batch = [
            rng.normal(size=values.shape).astype("float32") if values.dtype.kind == "f" else values
            for values in typed(sources, first(sources, count))
        ]
        try:
            return own_fit(self.model, self.facts, batch, self.data.structure)
        except NotCloneable as error:
            self.skip(f"whether fit carries the state: {error}")
        except Exception as error:
            self.skip(f"whether fit carries the state ({type(error).__name__})")
        return None

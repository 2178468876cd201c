"""One check of a Keras model under way."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from echospan.doctor.asked import Asked, ResetState
from echospan.doctor.keras_models import outputs
from echospan.doctor.keras_models.batches import batch_findings
from echospan.doctor.keras_models.behaviour import Carrying, carrying, state_findings
from echospan.doctor.keras_models.clone import (
    NotCloneable,
    build,
    clone,
    double_precision,
)
from echospan.doctor.keras_models.facts import MOST_PARAMETERS, Facts
from echospan.doctor.keras_models.machine import Clone, KerasMachine, first
from echospan.doctor.keras_models.padded import padding_findings
from echospan.doctor.keras_models.trained import trained_findings
from echospan.doctor.needs import layout
from echospan.doctor.order import needs_state
from echospan.doctor.pairs import Pair, Pairs
from echospan.doctor.ports import Port
from echospan.doctor.reach import DRAWS
from echospan.doctor.rows import rows
from echospan.doctor.splits import split_findings
from echospan.doctor.verdict import in_order
from echospan.doctor.versions import versions
from echospan.framings.plan import Plan
from echospan.report.objects import CheckReport
from echospan.results.check_report import Finding

if TYPE_CHECKING:
    import keras

Trainer = Literal["keras", "echospan"]


@dataclass
class Examination:
    """One check under way: facts first, then data, then order, then the probes on a clone."""

    model: keras.Model
    known: Facts
    sources: list[Port]
    targets: list[Port]
    pack: Callable[[list[Any]], Any]
    samples: int
    batch_size: int
    shuffle: bool
    reset_state: ResetState
    needs_lag: int | None
    stride: int | None
    validation: list[np.ndarray] | None
    validation_split: float
    predict_batch_size: int | None
    trainer: Trainer
    plan: Plan | None = None
    findings: list[Finding] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)
    looked: list[str] = field(default_factory=list)
    pairs: Pairs = field(init=False)

    def run(self) -> None:
        """All of it."""
        made = self._clone()
        self.pairs = Pairs(
            [
                self._pair(source, target, made)
                for source in self.sources
                if source.sequence
                for target in self.targets
            ],
            self.sources,
            self.targets,
        )
        self._say_what_is_looked_at()
        carries = self._carrying() if self.known.stateful else None
        if made is not None:
            self._probe(made, carries)
        softmax = outputs.single_softmax(self.known)
        self.findings += softmax
        self.findings += [
            finding
            for finding in self.pairs.findings(planned=self.plan is not None)
            if not (softmax and finding.code == "output-constant")
        ]
        told = self.pairs.telling()[0]
        self.findings += [
            self.pairs.named(finding, told)
            for finding in batch_findings(
                self.known,
                batch_size=self.batch_size,
                samples=self.samples,
                predict_batch_size=self.predict_batch_size,
            )
        ]
        found, why = padding_findings(self.model, self.known, self.pairs, made)
        self.findings += found
        self.skipped += why
        self._split()
        if made is not None:
            found, why = trained_findings(self.model, self.pairs, self.sources, self.pack)
            self.findings += found
            self.skipped += why

    def report(self, seconds: float) -> CheckReport:
        """What was found."""
        return CheckReport(
            findings=in_order(self.findings),
            reach=self.pairs.lags(),
            needs_lag=self.pairs.needs(),
            rows=self.pairs.sentences(),
            looked=tuple(self.looked),
            skipped=tuple(self.skipped),
            versions=versions(),
            seconds=round(seconds, 3),
        )

    def _clone(self) -> Clone | None:
        """A clone to probe, or the reason why there is none."""
        if self.known.parameters > MOST_PARAMETERS:
            self.skipped.append(
                f"everything that runs the model: it has {self.known.parameters:,} weights, and "
                f"probes stop at {MOST_PARAMETERS:,}"
            )
            return None
        rows = self.known.batch_size or (
            self.batch_size if self.known.stateful else min(self.batch_size, 4)
        )
        reason = ""
        for precision in ("float64", None):
            try:
                with double_precision():
                    made = clone(self.model, dtype=precision)
                    name = precision or "float32"
                    build(made, self.pack(first(self.sources, rows, name)), self.model)
                    return Clone(made, self.sources, self.pack, rows, name, self.known.vocabulary)
            except NotCloneable as error:
                reason = str(error)
            except Exception as error:
                # Whatever a layer of the user's raises: the rest is checked without it.
                reason = " ".join(f"{type(error).__name__}: {error}".split())[:300]
        self.skipped.append(f"everything that runs the model, for no clone can be made: {reason}")
        return None

    def _pair(self, source: Port, target: Port, made: Clone | None) -> Pair:
        answers = self._answers(source, target, made)
        asked = Asked(
            x=source.values,
            y=target.values,
            samples=self.samples,
            batch_size=min(self.batch_size, self.samples),
            shuffle=self.shuffle,
            reset_state=self.reset_state,
            stateful=bool(self.known.stateful),
            recurrent=bool(self.known.recurrent),
            every=answers > 1,
            needs_lag=self.needs_lag,
            stride=self.stride,
            integers=source.integers,
        )
        found = layout(asked)
        if self.plan is not None:
            # Nothing to find out: offsets in the order of samples mean what the plan says.
            found = replace(found, known=True)
        machine = None
        if made is not None:
            machine = KerasMachine(made, source.number, target.number, answers)
        return Pair(source, target, machine, asked, found, rows(asked, found, self.plan))

    def _answers(self, source: Port, target: Port, made: Clone | None) -> int:
        """Time steps that are answered: all of the input's, or one."""
        steps, y = source.values.shape[1], target.values
        if made is None:
            return steps if y.ndim >= 2 and y.shape[1] == steps > 1 else 1
        shape = made.shapes[target.number]
        every = len(shape) >= 3 and shape[1] == steps and steps > 1
        flat = len(shape) == 2 and shape[1] == steps > 1 and y.ndim == 3
        return steps if every or flat else 1

    def _say_what_is_looked_at(self) -> None:
        looked = len(self.sources[0].values)
        share = "all" if looked == self.samples else f"the first {looked:,} of"
        updates = self.pairs.every[0].rows.plan.updates
        self.looked.append(
            f"{share} {self.samples:,} samples, the order of the first {updates} batches of "
            f"{self.batch_size}"
        )
        for source in self.sources:
            if not source.sequence:
                self.looked.append(f"input {source.name!r} has no time axis and is held fixed")

    def _split(self) -> None:
        """Training and validation windows that share steps."""
        for pair in self.pairs.every:
            train = pair.source.values
            if pair.target is not self.targets[0]:
                continue
            if self.validation is not None:
                validation = self.validation[pair.source.number]
            elif self.validation_split and len(train) == self.samples:
                cut = int(self.samples * (1 - self.validation_split))
                train, validation = train[:cut], train[cut:]
            else:
                continue
            found = split_findings(train, validation)
            self.findings += [self.pairs.named(finding, pair) for finding in found]

    def _carrying(self) -> Carrying | None:
        if self.trainer == "echospan" or self.known.parameters > MOST_PARAMETERS:
            return None
        rows = self.known.batch_size or self.batch_size
        rng = np.random.default_rng(0)
        batch = [
            rng.normal(size=values.shape).astype("float32") if values.dtype.kind == "f" else values
            for values in first(self.sources, rows, "float32")
        ]
        try:
            found = carrying(self.model, batch, self.pack)
        except NotCloneable as error:
            self.skipped.append(f"whether fit carries the state: {error}")
            return None
        except Exception as error:
            self.skipped.append(f"whether fit carries the state ({type(error).__name__})")
            return None
        validates = self.validation is not None or bool(self.validation_split)
        needed = [needs_state(pair.asked, pair.layout) for pair in self.pairs.telling()]
        asked = self.pairs.every[0].asked
        self.findings += state_findings(
            asked,
            found,
            True if True in needed else None if None in needed else False,
            validates=validates,
        )
        return found

    def _probe(self, made: Clone, carries: Carrying | None) -> None:
        asked = self.pairs.every[0].asked
        carried = asked.carries and (carries is None or carries.fit)
        try:
            with double_precision():
                self.pairs.probe(carried=carried, known=self.plan)
                self._loss(made)
        except Exception as error:
            said = " ".join(str(error).split())[:160]
            self.skipped.append(f"reach: the clone failed with {type(error).__name__}: {said}")
            return
        self.looked.append(f"a clone in {made.precision} under {DRAWS} draws of its weights")
        self.skipped += self.pairs.unprobed()

    def _loss(self, made: Clone) -> None:
        if not self.model.compiled or len(self.sources[0].values) < made.rows:
            return
        found = made.outputs()
        for target in self.targets:
            self.findings += outputs.broadcast_loss(
                outputs.loss_of(self.model, target),
                found[target.number],
                target.values[: made.rows],
                target.place,
            )

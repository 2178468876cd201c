"""One check of a Keras model under way."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal

import numpy as np

from echospan.doctor.asked import Asked, ResetState
from echospan.doctor.data import data_findings
from echospan.doctor.finding import Finding
from echospan.doctor.keras_models import outputs
from echospan.doctor.keras_models.batches import batch_findings
from echospan.doctor.keras_models.behaviour import Carrying, carrying, state_findings
from echospan.doctor.keras_models.clone import (
    NotCloneable,
    build,
    clone,
    copy_weights,
    double_precision,
)
from echospan.doctor.keras_models.facts import MOST_PARAMETERS, Facts
from echospan.doctor.keras_models.machine import KerasMachine, first
from echospan.doctor.needs import Layout, layout
from echospan.doctor.order import Rows, needs_state, order_findings, rows, sentences
from echospan.doctor.padding import mask_findings
from echospan.doctor.reach import DRAWS, Probed, probe
from echospan.doctor.reached import reach_findings
from echospan.doctor.report import Report
from echospan.doctor.splits import split_findings
from echospan.doctor.statistics import copies_last, no_signal
from echospan.doctor.verdict import in_order
from echospan.doctor.versions import versions
from echospan.framing.plan import Plan

if TYPE_CHECKING:
    import keras

Trainer = Literal["keras", "echospan"]


@dataclass
class Examination:
    """One check under way: facts first, then data, then order, then the probes on a clone."""

    model: keras.Model
    known: Facts
    x: np.ndarray
    y: np.ndarray
    samples: int
    batch_size: int
    shuffle: bool
    reset_state: ResetState
    needs_lag: int | None
    stride: int | None
    validation: np.ndarray | None
    validation_split: float
    predict_batch_size: int | None
    trainer: Trainer
    plan: Plan | None = None
    findings: list[Finding] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)
    looked: list[str] = field(default_factory=list)
    probed: Probed | None = None
    asked: Asked = field(init=False)
    layout: Layout = field(init=False)
    rows: Rows = field(init=False)

    def run(self) -> None:
        """All of it."""
        self.findings += batch_findings(
            self.known,
            batch_size=self.batch_size,
            samples=self.samples,
            predict_batch_size=self.predict_batch_size,
        )
        machine = self._machine()
        self.asked = self._ask(machine)
        self.layout = layout(self.asked)
        if self.plan is not None:
            # Nothing to find out: offsets in the order of samples mean what the plan says.
            self.layout = replace(self.layout, known=True)
        self.rows = rows(self.asked, self.layout, self.plan)
        share = "all" if len(self.x) == self.samples else f"the first {len(self.x):,} of"
        self.looked.append(
            f"{share} {self.samples:,} samples, the order of the first "
            f"{self.rows.plan.updates} batches of {self.batch_size}"
        )
        asked, found = self.asked, self.layout
        self.findings += order_findings(asked, found, self.rows)
        self.findings += [
            finding
            for finding in data_findings(asked, found)
            if self.plan is None or finding.code != "target-offset"
        ]
        self.findings += [self._on_gpu(f) for f in mask_findings(asked, self.known.mask)]
        self._split()
        self.findings += no_signal(asked, found)
        carries = self._carrying() if asked.stateful else None
        self.findings += outputs.single_softmax(self.known)
        if machine is not None:
            self._probe(machine, carries)
            more, why = outputs.padding_changes(self.model, self.known, asked, machine.vocabulary)
            self.findings += more
            if why:
                self.skipped.append(why)
            self._trained()

    def report(self, seconds: float) -> Report:
        """What was found."""
        return Report(
            findings=in_order(self.findings),
            reach=self.probed.lags if self.probed is not None else (),
            needs_lag=self.layout.needs,
            rows=tuple(sentences(self.asked, self.layout, self.rows)),
            looked=tuple(self.looked),
            skipped=tuple(self.skipped),
            versions=versions(),
            seconds=round(seconds, 3),
        )

    @property
    def _integers(self) -> bool:
        return self.known.vocabulary is not None and self.x.ndim == 2

    def _machine(self) -> KerasMachine | None:
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
        vocabulary = self.known.vocabulary if self._integers else None
        reason = ""
        for precision in ("float64", None):
            try:
                with double_precision():
                    made = clone(self.model, dtype=precision)
                    batch = _of(self.x, rows).astype(
                        "int32" if vocabulary is not None else precision or "float32"
                    )
                    build(made, batch)
                    machine = KerasMachine(made, rows, vocabulary, precision or "float32")
                    machine.answers = self._answers(machine.raw(batch).shape)
                    return machine
            except NotCloneable as error:
                reason = str(error)
            except Exception as error:
                # Whatever a layer of the user's raises: the rest is checked without it.
                reason = " ".join(f"{type(error).__name__}: {error}".split())[:300]
        self.skipped.append(f"everything that runs the model, for no clone can be made: {reason}")
        return None

    def _answers(self, shape: tuple[int, ...]) -> int:
        """Time steps that are answered: all of them, or one."""
        steps = self.x.shape[1]
        every = len(shape) >= 3 and shape[1] == steps and steps > 1
        flat = len(shape) == 2 and shape[1] == steps > 1 and self.y.ndim == 3
        return steps if every or flat else 1

    def _ask(self, machine: KerasMachine | None) -> Asked:
        if machine is not None:
            every = machine.answers > 1
        else:
            every = self.y.ndim >= 2 and self.y.shape[1] == self.x.shape[1] > 1
        return Asked(
            x=self.x,
            y=self.y,
            samples=self.samples,
            batch_size=min(self.batch_size, self.samples),
            shuffle=self.shuffle,
            reset_state=self.reset_state,
            stateful=bool(self.known.stateful),
            recurrent=bool(self.known.recurrent),
            every=every,
            needs_lag=self.needs_lag,
            stride=self.stride,
            integers=self._integers,
        )

    def _split(self) -> None:
        """Training and validation windows that share steps."""
        train, validation = self.x, self.validation
        if validation is None and self.validation_split and len(self.x) == self.samples:
            cut = int(self.samples * (1 - self.validation_split))
            train, validation = self.x[:cut], self.x[cut:]
        if validation is not None:
            self.findings += split_findings(train, validation)

    def _on_gpu(self, finding: Finding) -> Finding:
        """JAX takes another way where its kernel knows no masks."""
        import keras

        if finding.code != "gpu-mask-unsupported" or keras.backend.backend() != "jax":
            return finding
        return Finding(
            finding.code,
            "note",
            finding.message + " It is so on TensorFlow and torch; JAX goes around its kernel.",
            finding.evidence,
            finding.remedy,
        )

    def _carrying(self) -> Carrying | None:
        if self.trainer == "echospan" or self.known.parameters > MOST_PARAMETERS:
            return None
        rows = self.known.batch_size or self.batch_size
        batch = np.random.default_rng(0).normal(size=_of(self.x, rows).shape).astype("float32")
        if self._integers:
            batch = _of(self.x, rows).astype("int32")
        try:
            found = carrying(self.model, batch)
        except NotCloneable as error:
            self.skipped.append(f"whether fit carries the state: {error}")
            return None
        except Exception as error:
            self.skipped.append(f"whether fit carries the state ({type(error).__name__})")
            return None
        validates = self.validation is not None or bool(self.validation_split)
        needed = needs_state(self.asked, self.layout)
        self.findings += state_findings(self.asked, found, needed, validates=validates)
        return found

    def _probe(self, machine: KerasMachine, carries: Carrying | None) -> None:
        asked, found = self.asked, self.layout
        carried = asked.carries and (carries is None or carries.fit)
        try:
            with double_precision():
                self.probed = probed = probe(asked, found, machine, carried=carried)
        except Exception as error:
            said = " ".join(str(error).split())[:160]
            self.skipped.append(f"reach: the clone failed with {type(error).__name__}: {said}")
            return
        self.looked.append(f"a clone in {machine.precision} under {DRAWS} draws of its weights")
        if self.known.single_softmax is None:
            self.findings += reach_findings(asked, found, probed)
        self._loss(machine)

    def _loss(self, machine: KerasMachine) -> None:
        if not self.model.compiled or len(self.y) < machine.rows:
            return
        batch = _of(self.x, machine.rows)
        with double_precision():
            out = machine.raw(batch)
        self.findings += outputs.broadcast_loss(self.model, out, self.y[: machine.rows])

    def _trained(self) -> None:
        """How the model as it stands compares with repeating the last value."""
        asked = self.asked
        if asked.every or asked.integers or self.layout.streams.symbols or asked.stateful:
            return
        values = self.layout.streams
        if values.targets.shape[1:] != (1, 1) or self.y.dtype.kind != "f" or not self.model.built:
            return
        if self.layout.copy is not None and self.layout.copy.lag >= 0:
            return
        count = min(len(self.x), 256)
        try:
            made = clone(self.model)
            build(made, self.x[:2].astype("float32"))
            if not copy_weights(self.model, made):
                return
            out = made.predict(self.x[:count].astype("float32"), batch_size=64, verbose=0)
        except Exception as error:
            self.skipped.append(f"comparison with the last value ({type(error).__name__})")
            return
        out = np.asarray(first(out)).reshape(count, -1)
        if out.shape[1] == 1:
            last = values.inputs[:count, -1, 0]
            self.findings += copies_last(out[:, 0], last, values.targets[:count, 0, 0])


def _of(x: np.ndarray, rows: int) -> np.ndarray:
    """As many samples, the first ones again where there are too few."""
    return x[np.arange(rows) % len(x)]

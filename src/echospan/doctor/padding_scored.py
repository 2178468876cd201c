"""Answers at steps of padding that the loss counts like real ones."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from echospan.adapters.signals import Signal
from echospan.doctor.examination import Examination
from echospan.doctor.finding import find
from echospan.doctor.pairs import Pair
from echospan.doctor.probe_model import typed
from echospan.doctor.streams import absent_steps, one_hot
from echospan.results.check_report import Finding

LITTLE, MUCH = 0.05, 0.25
"""Shares of the scored steps from which it is a note, and a warning."""


@dataclass(frozen=True, eq=False)
class Steps:
    """The steps of one target.

    Attributes:
        padded: Booleans (samples, time).
        wanted: Targets (samples, time, ...) as they are given; classes (samples, time) where
            they are one-hot.
        classes: Whether they are classes.
    """

    padded: np.ndarray
    wanted: np.ndarray
    classes: bool

    @property
    def share(self) -> float:
        """Share of the steps that is padding."""
        return float(self.padded.mean())


def padding_scored_findings(examination: Examination) -> list[Finding]:
    """Padding whose targets are all alike, and that the loss counts."""
    probed, pairs = examination.probed, examination.pairs
    if probed is None or examination.weighted or examination.data.padded:
        return []
    found = []
    for pair in pairs.telling():
        steps = _steps(pair.source, pair.target)
        if steps is None or steps.share < LITTLE or _same_in_window(pair):
            continue
        try:
            scored = _scored(examination, pair, steps)
        except Exception as error:
            # Whatever the user's loss raises: the rest is checked without it.
            examination.skip(f"whether padding is scored ({type(error).__name__})")
            continue
        if scored:
            found.append(pairs.named(_finding(steps, examination, pair), pair))
    return found


def _same_in_window(pair: Pair) -> bool:
    # Windows cut from one series have no padding of their own.
    return pair.layout.stride is not None


def _steps(source: Signal, target: Signal) -> Steps | None:
    """Where input and target both have padding; None where they do not."""
    y = target.values
    if not source.sequence or y.ndim < 2 or y.shape[:2] != source.values.shape[:2]:
        return None
    padded, value = absent_steps(source.values)
    if value is None or not padded.any() or padded.all():
        return None
    y = y[..., 0] if y.ndim == 3 and y.shape[2] == 1 else y
    symbols = one_hot(y) if y.ndim == 3 else None
    if symbols is not None and not np.isnan(symbols).any():
        y = symbols.astype("int64")
    classes = y.ndim == 2 and bool((y == np.round(y)).all()) and len(np.unique(y)) <= 256
    there = y[padded]
    alike = bool((there == there[:1]).all())
    # Real steps have other targets, too: else there is nothing to learn, or it is no padding.
    if not alike or bool((y[~padded] == there[0]).all()):
        return None
    return Steps(padded, y, classes)


def _scored(examination: Examination, pair: Pair, steps: Steps) -> bool:
    """Whether the loss changes with the outputs at padded steps alone."""
    probed = examination.probed
    assert probed is not None
    adapter, number = probed.adapter, pair.target.number
    rows = np.argsort(-steps.padded.sum(1), kind="stable")[
        np.arange(probed.rows) % len(steps.padded)
    ]
    inputs = typed(probed.sources, rows)
    calls = adapter.mask_steps(inputs)
    if calls and calls[-1].went and _masked(examination, pair, rows, steps):
        # Keras multiplies the loss with the mask that the output carries.
        return False
    outputs = adapter.whole(inputs)
    where = _at(steps.padded[rows], outputs[number].shape)
    if where is None:
        return False
    moved = list(outputs)
    noise = np.random.default_rng(0).random(outputs[number].shape)
    # Another distribution for classes, other numbers else; both stay what the loss takes.
    other = outputs[number][..., ::-1] if outputs[number].shape[-1] > 1 else outputs[number]
    other = 0.5 * other + 0.5 * noise * np.abs(outputs[number]).max(initial=1e-3)
    moved[number] = np.where(where, other, outputs[number])
    targets = [target.values[rows] for target in examination.data.targets]
    first, second = (adapter.loss(each, targets, examination.loss) for each in (outputs, moved))
    return bool(np.isfinite([first, second]).all() and abs(first - second) > 1e-7 * abs(first))


def _masked(examination: Examination, pair: Pair, rows: np.ndarray, steps: Steps) -> bool:
    """Whether the model's mask hides the padding."""
    mask = examination.facts.mask
    if mask is None:
        # It comes from a layer of the user's own.
        return True
    x = pair.source.values[rows]
    x = x[..., None] if x.ndim == 2 else x.reshape(*x.shape[:2], -1)
    return bool((x == mask.value).all(2)[steps.padded[rows]].all())


def _at(padded: np.ndarray, shape: tuple[int, ...]) -> np.ndarray | None:
    """Booleans in the shape of the outputs; None where their time axis is not found."""
    rows, steps = padded.shape
    if shape[:2] == (rows, steps):
        found = padded.reshape(rows, steps, *[1] * (len(shape) - 2))
    elif len(shape) == 3 and (shape[0], shape[2]) == (rows, steps):
        found = padded[:, None, :]
    elif len(shape) == 2 and shape[0] == rows * steps:
        found = padded.reshape(-1, 1)
    else:
        return None
    return np.broadcast_to(found, shape)


def _finding(steps: Steps, examination: Examination, pair: Pair) -> Finding:
    share = steps.share
    label = steps.wanted[steps.padded][0]
    evidence: dict[str, Any] = {}
    if steps.classes:
        values, counts = np.unique(steps.wanted, return_counts=True)
        constant = float(counts.max() / counts.sum())
        real = np.unique(steps.wanted[~steps.padded], return_counts=True)[1]
        among = float(real.max() / real.sum())
        told = (
            f"their class is always {int(label)}. Answering class {int(values[counts.argmax()])} "
            f"everywhere is right at {constant:.0%} of the scored steps; at the real ones the best "
            f"constant is right at {among:.0%}"
        )
        evidence = {"best_constant": constant, "best_constant_on_real_steps": among}
    else:
        told = "their targets are all alike, so that the score says little about the real steps"
    value = absent_steps(pair.source.values)[1]
    return find(
        "padding-scored",
        f"{share:.0%} of the scored steps are padding ({value:g}): {told}. The loss changes with "
        "the outputs at padded steps.",
        severity="warning" if share >= MUCH else "note",
        remedy=_remedy(examination, pair, value or 0.0, classes=steps.classes),
        share=share,
        padding=value,
        **evidence,
    )


def _remedy(examination: Examination, pair: Pair, value: float, *, classes: bool) -> str:
    x, y = pair.source.place, pair.target.place
    flat = pair.source.values.ndim == 2
    padded = f"({x} == {value:g})" if flat else f"({x} == {value:g}).all(-1)"
    if examination.facts.framework == "keras":
        return (
            f"sample_weight = 1.0 - {padded}  # (samples, time), for fit and check; or a mask: "
            "Embedding(mask_zero=True), Masking"
        )
    if classes and pair.target.values.ndim == 2:
        return f"{y}[{padded}] = -100  # and ignore_index=-100, the default of CrossEntropyLoss"
    return f"real = ~{padded}  # (samples, time); loss = (loss * real).sum() / real.sum()"

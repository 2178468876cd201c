"""Masks and padding: what masks each input, and whether more padding changes the answers."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from echospan.adapters.adapt import adapt, input_name, mask_of
from echospan.adapters.facts import Mask
from echospan.adapters.signals import Signal
from echospan.adapters.support import NotCloneable
from echospan.doctor.examination import Examination
from echospan.doctor.finding import find
from echospan.doctor.mask_lost import mask_lost
from echospan.doctor.mask_unused import mask_unused
from echospan.doctor.padding import mask_findings, unread
from echospan.doctor.pairs import Pair
from echospan.doctor.probe_model import ProbeModel, typed
from echospan.doctor.streams import absent_steps
from echospan.results.check_report import Finding

ROUNDING = 1e-6
"""Share of the largest output below which a change is rounding."""

ROUNDING_IN_SINGLE = 1e-4
"""The same where the clone computes in the model's own precision."""


def padding_findings(examination: Examination) -> list[Finding]:
    """What masks and padding of each input do."""
    findings: list[Finding] = []
    if examination.data.padded:
        # It is none of the user's.
        return []
    facts, sources, pairs = examination.facts, examination.data.sources, examination.pairs
    for pair in pairs.every:
        if pair.target is not examination.data.targets[0]:
            continue
        mask, why = facts.mask, ""
        if len(sources) > 1:
            mask, why = mask_of(examination.model, facts, pair.source)
        if why:
            examination.skip(why)
            continue
        changes = padding_changes(examination, mask, pair)
        # No mask, but more padding was seen to change nothing: the model leaves it out by itself.
        unread = mask is None and (changes == [] or _unread(pair))
        found = [
            _on_gpu(finding, facts.backend)
            for finding in mask_findings(pair.call, mask)
            if not (unread and finding.code == "padding-after-end")
        ]
        found += changes or []
        found += mask_unused(examination, pair)
        found += mask_lost(examination, mask, pair.source.values, changes=bool(changes))
        findings += [pairs.named(finding, pair) for finding in found]
    return findings


def _unread(pair: Pair) -> bool:
    if pair.model is None or pair.probed is None:
        return False
    return unread(pair.model, pair.source.values)


def _on_gpu(finding: Finding, backend: str) -> Finding:
    """Make it a note on JAX, which does not use the kernel with such masks."""
    if finding.code != "gpu-mask-unsupported" or backend != "jax":
        return finding
    message = f"{finding.message} This affects TensorFlow and torch, not JAX."
    return replace(finding, severity="note", message=message)


def _any_length(examination: Examination, probed: ProbeModel) -> bool:
    """Whether another length may be tried; a torch module says itself what it takes."""
    verdict = probed.adapter.support("other_lengths").verdict
    return verdict == "supported" or (
        verdict == "unknown" and examination.facts.framework == "torch"
    )


def padding_changes(
    examination: Examination, mask: Mask | None, pair: Pair
) -> list[Finding] | None:
    """The same samples with more padding must give the same answers.

    Args:
        examination: The check under way.
        mask: What masks the input.
        pair: The input, and the output that is compared.

    Returns:
        What was found; None where it could not be tried.
    """
    probed = examination.probed
    if probed is None or not _any_length(examination, probed):
        return None
    source, rows = pair.source, probed.rows
    padded, value = absent_steps(source.values)
    if value is None or pair.call.every:
        return None
    order = np.argsort(-padded.sum(1), kind="stable")[:rows]
    if len(order) < rows:
        return None
    front = bool(padded[order[0], 0])
    # Inputs that are padded alike are one sequence to the model.
    short = [replace(signal, values=signal.values[order]) for signal in probed.sources]
    long = [
        replace(chosen, values=_lengthened(chosen, front=front))
        if signal is source or _alike(signal, padded)
        else chosen
        for signal, chosen in zip(probed.sources, short, strict=True)
    ]
    try:
        gap = _gap(examination, probed, short, long, pair.target.number)
    except (NotCloneable, ValueError, TypeError) as error:
        reason = " ".join(str(error).split())[:120]
        examination.skip(
            f"whether padding changes the output: another length does not fit ({reason})"
        )
        return None
    except Exception as error:
        examination.skip(f"whether padding changes the output ({type(error).__name__})")
        return None
    return [_padding(mask, value, int(order[0]), gap, front=front)] if gap else []


def _gap(
    examination: Examination,
    probed: ProbeModel,
    short: list[Signal],
    long: list[Signal],
    output: int,
) -> float:
    """The largest change of an answer under two draws of weights; 0 where there is none."""
    every = np.arange(probed.rows)
    closed = {
        input_name(examination.model, examination.facts, signal)
        for signal in probed.sources
        if not signal.sequence
    }
    double = probed.adapter.precision == "float64"
    rounding = ROUNDING if double else ROUNDING_IN_SINGLE
    made = adapt(
        examination.model,
        examination.data.structure.pack(typed(short, every)),
        precision="float64" if double else "given",
        own_weights=False,
        any_length=True,
        closed=closed,
        batch_first=examination.batch_first,
        outputs=[target.name for target in examination.data.targets],
        sequences=[source.sequence for source in probed.sources],
        axes=[source.axes for source in probed.sources],
    )
    for draw in range(2):
        made.redraw(draw)
        one, other = (made.whole(typed(signals, every))[output] for signals in (short, long))
        gap = float(np.abs(one - other).max())
        # Masked steps add nothing, up to what is rounded: layers may compute their masks, and
        # large negative numbers in place of infinity, in single precision.
        if gap > rounding * max(float(np.abs(one).max()), 1e-30):
            return gap
    return 0.0


def _alike(signal: Signal, padded: np.ndarray) -> bool:
    if not signal.sequence or signal.values.shape[:2] != padded.shape:
        return False
    return bool(np.array_equal(absent_steps(signal.values)[0], padded))


def _lengthened(signal: Signal, *, front: bool) -> np.ndarray:
    """Three more steps of the input's own padding."""
    values = signal.values
    padding = np.repeat(values[:, :1] if front else values[:, -1:], 3, axis=1)
    padding[:] = values[:1, 0 if front else -1][:, None]
    return np.concatenate([padding, values] if front else [values, padding], axis=1)


def _padding(mask: Mask | None, value: float, row: int, gap: float, *, front: bool) -> Finding:
    why = "no layer masks it" if mask is None else "a layer drops the mask"
    return find(
        "padding-changes-output",
        f"Three more steps of padding ({value:g}) change the output for row {row} by {gap:.2g} "
        f"with random weights: {why}.",
        severity="warning" if mask is None else "error",
        remedy=f"keras.layers.Masking({value:g})  # before the first recurrent layer"
        if mask is None
        else "layer.supports_masking = True  # in each layer between the mask and its use",
        row=row,
        padding=value,
        change=gap,
        in_front=front,
    )

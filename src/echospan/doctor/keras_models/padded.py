"""Masks and padding of a Keras model: what masks an input, and whether padding changes answers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from echospan.doctor.finding import find
from echospan.doctor.keras_models.clone import NotCloneable, build, clone, double_precision
from echospan.doctor.keras_models.facts import Facts
from echospan.doctor.keras_models.machine import Clone, typed
from echospan.doctor.padding import Mask, mask_findings, unread
from echospan.doctor.pairs import Pair, Pairs
from echospan.doctor.ports import Port
from echospan.doctor.streams import absent_steps
from echospan.engine import keras_internals as internals
from echospan.results.check_report import Finding

if TYPE_CHECKING:
    import keras


def padding_findings(
    model: keras.Model, facts: Facts, pairs: Pairs, made: Clone | None
) -> tuple[list[Finding], list[str]]:
    """What masks and padding of each input do.

    Returns:
        What was found, and what could not be looked for.
    """
    findings: list[Finding] = []
    skipped = []
    for pair in pairs.every:
        if pair.target is not pairs.targets[0]:
            continue
        mask, why = masks(model, facts, pair.source, pairs.sources)
        if why:
            skipped.append(why)
            continue
        found = [
            _on_gpu(finding)
            for finding in mask_findings(pair.asked, mask)
            if not (finding.code == "padding-after-end" and _unread(pair))
        ]
        if made is not None:
            more, why = padding_changes(model, mask, pair, made)
            found += more
            skipped += [why] if why else []
        findings += [pairs.named(finding, pair) for finding in found]
    return findings, skipped


def _unread(pair: Pair) -> bool:
    if pair.machine is None or pair.probed is None:
        return False
    with double_precision():
        return unread(pair.machine, pair.source.values)


def _on_gpu(finding: Finding) -> Finding:
    """JAX takes another way where its kernel knows no masks."""
    import keras

    if finding.code != "gpu-mask-unsupported" or keras.backend.backend() != "jax":
        return finding
    told = finding.message + " It is so on TensorFlow and torch; JAX goes around its kernel."
    return replace(finding, severity="note", message=told)


def masks(
    model: keras.Model, facts: Facts, source: Port, sources: Sequence[Port]
) -> tuple[Mask | None, str]:
    """What masks one input.

    Returns:
        The mask, and why that could not be found out.
    """
    import keras

    if len(sources) == 1 or facts.mask is None:
        return facts.mask, ""
    tensor = _tensor(model, source)
    if tensor is None:
        return None, f"masks: which layer reads input {source.name!r} is not known"
    waiting = [internals.source_of(tensor)]
    inside = {id(operation) for operation in model.operations}
    while waiting:
        operation = waiting.pop(0)
        if isinstance(operation, keras.layers.Masking):
            return Mask(float(operation.mask_value), fast_kernel=facts.mask.fast_kernel), ""
        if isinstance(operation, keras.layers.Embedding) and operation.mask_zero:
            return Mask(0.0, embedding=True, fast_kernel=facts.mask.fast_kernel), ""
        waiting += [
            node.operation
            for node in internals.readers(operation)
            # What joins several inputs is no mask of one of them.
            if id(node.operation) in inside and len(node.input_tensors) == 1
        ]
    return None, ""


def _tensor(model: keras.Model, source: Port) -> keras.KerasTensor | None:
    """Where an input enters a functional model."""
    import keras

    tensors = keras.tree.flatten(getattr(model, "inputs", None) or [])
    named = [tensor for tensor in tensors if tensor.name == source.name]
    if named:
        return named[0]
    return tensors[source.number] if source.number < len(tensors) else None


def padding_changes(
    model: keras.Model, mask: Mask | None, pair: Pair, made: Clone
) -> tuple[list[Finding], str]:
    """The same samples with more padding must give the same answers.

    Args:
        model: The user's.
        mask: What masks the input.
        pair: The input, and the output that is compared.
        made: The clone of the other probes; it is not used but for its settings.

    Returns:
        The finding, and why it could not be looked for.
    """
    source, rows = pair.source, made.rows
    padded, value = absent_steps(source.values)
    if value is None or pair.asked.every:
        return [], ""
    order = np.argsort(-padded.sum(1), kind="stable")[:rows]
    if len(order) < rows:
        return [], ""
    front = bool(padded[order[0], 0])
    # Inputs that are padded alike are one sequence to the model.
    alike = [port for port in made.sources if port is source or _alike(port, padded)]
    chosen = [replace(port, values=port.values[order]) for port in made.sources]
    closed = {
        tensor.name
        for port in made.sources
        if not port.sequence and (tensor := _tensor(model, port)) is not None
    }
    with double_precision():
        try:
            longer = clone(model, dtype="float64", any_length=True, closed=closed)
            given = [port.values for port in chosen]
            more = [
                _lengthened(port, front=front) if made.sources[place] in alike else port.values
                for place, port in enumerate(chosen)
            ]
            build(longer, made.pack(typed(chosen, given, "float64")))
            probe = Clone(longer, chosen, made.pack, rows, "float64", made.vocabulary)
            for draw in range(2):
                probe.redraw(draw)
                short, long = (
                    probe.runner.replay([typed(chosen, arrays, "float64")])[0][0]
                    for arrays in (given, more)
                )
                one, other = short[pair.target.number], long[pair.target.number]
                gap = float(np.abs(one - other).max())
                # Masked steps add nothing at all, up to the order of additions.
                if gap > 1e-9 * max(float(np.abs(one).max()), 1e-30):
                    return [_padding(mask, value, int(order[0]), gap, front=front)], ""
        except (NotCloneable, ValueError, TypeError) as error:
            reason = " ".join(str(error).split())[:120]
            return [], f"whether padding changes the answer: another length does not fit ({reason})"
        except Exception as error:
            return [], f"whether padding changes the answer ({type(error).__name__})"
    return [], ""


def _alike(port: Port, padded: np.ndarray) -> bool:
    if not port.sequence or port.values.shape[:2] != padded.shape:
        return False
    return bool(np.array_equal(absent_steps(port.values)[0], padded))


def _lengthened(port: Port, *, front: bool) -> np.ndarray:
    """Three more steps of the input's own padding."""
    values = port.values
    padding = np.repeat(values[:, :1] if front else values[:, -1:], 3, axis=1)
    padding[:] = values[:1, 0 if front else -1][:, None]
    return np.concatenate([padding, values] if front else [values, padding], axis=1)


def _padding(mask: Mask | None, value: float, row: int, gap: float, *, front: bool) -> Finding:
    why = "no layer masks it" if mask is None else "a layer on the way loses the mask"
    return find(
        "padding-changes-output",
        f"Three more steps of padding ({value:g}) change the answer for row {row} by {gap:.2g} on "
        f"random weights: {why}.",
        severity="warning" if mask is None else "error",
        remedy=f"keras.layers.Masking({value:g})  # before the first recurrent layer"
        if mask is None
        else "layer.supports_masking = True  # in each layer between the mask and its use",
        row=row,
        padding=value,
        change=gap,
        in_front=front,
    )

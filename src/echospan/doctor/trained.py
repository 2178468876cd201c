"""Compare the model's predictions with a rule that needs no model."""

from __future__ import annotations

from echospan.doctor.examination import Examination
from echospan.doctor.pairs import Pair
from echospan.doctor.statistics import copies_last
from echospan.results.check_report import Finding


def trained_findings(examination: Examination) -> list[Finding]:
    """Compare a clone with the model's own weights with repeating the last value."""
    found: list[Finding] = []
    pairs, facts = examination.pairs, examination.facts
    if facts.framework != "keras" or not facts.built:
        return []
    for pair in pairs.telling():
        given = examination.given if _foretells(pair) else None
        if given is None:
            continue
        predicted = given.outputs[pair.target.number].reshape(len(given.samples), -1)
        if predicted.shape[1] == 1:
            values = pair.layout.streams
            last = values.inputs[given.samples, -1, 0]
            wanted = values.targets[given.samples, 0, 0]
            found += [pairs.named(f, pair) for f in copies_last(predicted[:, 0], last, wanted)]
    return found


def _foretells(pair: Pair) -> bool:
    """Whether one number is foretold from a window of numbers."""
    call, found = pair.call, pair.layout
    if call.every or call.integers or found.streams.symbols or call.stateful:
        return False
    if found.streams.targets.shape[1:] != (1, 1) or pair.target.values.dtype.kind != "f":
        return False
    return found.copy is None or found.copy.lag < 0

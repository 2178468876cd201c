"""Rows that are mixed, with the layer or the line in which they meet."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from echospan.adapters.reshapes import Reshape
from echospan.adapters.row_mixer import RowMixer
from echospan.doctor.examination import Examination
from echospan.doctor.symmetries import inputs_of
from echospan.doctor.time_scrambled import keeps_axis
from echospan.results.check_report import Finding


def where_rows_meet(examination: Examination, findings: list[Finding]) -> list[Finding]:
    """The findings, those of mixed rows with the place where they meet, if that is found."""
    probed = examination.probed
    if probed is None or not any(finding.code == "rows-mixed" for finding in findings):
        return findings
    try:
        inputs = inputs_of(examination, probed, 0)
        other = inputs_of(examination, probed, 1)
        probed.redraw(0)
        changed = [
            np.concatenate([new[:1], old[1:]]) for old, new in zip(inputs, other, strict=True)
        ]
        mixer = probed.adapter.row_mixer(inputs, changed, 0)
        line = _line(probed.adapter.reshapes(inputs), probed.rows)
    except Exception:
        # The finding stands without its place.
        return findings
    return [
        _told(finding, mixer, line) if finding.code == "rows-mixed" else finding
        for finding in findings
    ]


def _line(reshapes: list[Reshape], rows: int) -> Reshape | None:
    """The reshape that takes the rows apart."""
    for reshape in reshapes:
        before, after = reshape.before, reshape.after
        if before.count(rows) != 1 or rows not in after:
            continue
        axis = before.index(rows)
        places = [place for place, size in enumerate(after) if size == rows]
        if not any(keeps_axis(before, after, axis, place) for place in places):
            return reshape
    return None


def _told(finding: Finding, mixer: RowMixer | None, line: Reshape | None) -> Finding:
    evidence = dict(finding.evidence)
    told, remedy = finding.message, finding.remedy
    if mixer is not None and mixer.inside:
        evidence |= {"layer": mixer.name, "kind": mixer.kind}
        told += f" Rows meet in layer {mixer.name!r} ({mixer.kind})"
        if mixer.time_first:
            told += (
                ", which takes (time, batch, features) as long as batch_first is False, and so "
                "runs along the batch"
            )
            remedy = (
                f"model{_python(mixer.name)}.batch_first = True"
                "  # or batch_first=True where it is made"
            )
        told += "."
    elif mixer is not None and mixer.line:
        evidence |= {"where": mixer.line, "kind": mixer.kind}
        told += f" Rows meet in {mixer.kind} at {mixer.line}, which runs along the batch axis."
        remedy = f"# {mixer.line}: the softmax along the axis of steps or classes, not of the batch"
    elif line is not None:
        evidence |= {"where": line.where}
        told += f" Rows meet in the reshape of {line.before} to {line.after} at {line.where}."
    elif mixer is not None:
        evidence |= {"layer": mixer.name, "kind": mixer.kind}
        told += f" Rows meet on the way to layer {mixer.name!r} ({mixer.kind})."
    return replace(finding, message=told, evidence=evidence, remedy=remedy)


def _python(name: str) -> str:
    """A module's full name as an expression: numbers are places in a list."""
    first, *rest = name.split(".")
    head = f"[{first}]" if first.isdigit() else f".{first}"
    return head + "".join(f"[{part}]" if part.isdigit() else f".{part}" for part in rest)
